"""Sixteen images of 299 x 299 pixels: from LEUKO_SHARED if present, else synthetic ones."""
import glob
import os
import subprocess

import numpy as np
from PIL import Image

SHARED = os.environ.get('LEUKO_SHARED') or os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../../../shared')


def sixteen():
    """(16, 299, 299, 3) bytes."""
    files = sorted(glob.glob(os.path.join(SHARED, 'golden/inputs/*.png')))[:16]
    if len(files) < 16:
        if not os.path.isdir('sixteen'):
            subprocess.run([os.environ['LEUKO'], 'synth', 'sixteen', '--per-class', '8', '--groups', '4'], check=True,
                           stdout=subprocess.DEVNULL)
        files = sorted(glob.glob('sixteen/*/*.jpg'))
    return np.stack([np.asarray(Image.open(f).convert('RGB')) for f in files])


def planes(pixels):
    """(N, 3, S, S) in [-1, 1]."""
    return (pixels.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(127.5) - 1).astype(np.float32)
