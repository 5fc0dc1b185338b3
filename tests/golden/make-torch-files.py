#!/usr/bin/env python3
"""Write tests/golden/torch: small files of the real PyTorch (2.15) and Lightning (2.6), as their users save them.

    cd /home/lab && python3 make-torch-files.py FOLDER       (needs torch and lightning; CPU builds suffice)

The network is tiny and no Inception V3: the files show the containers, not the weights. The tensors of lightning.ckpt
are also written as text, which test-foreign-weights.py compares with what Leuko reads.
"""
import argparse
import enum
import functools
import json
import os
import pathlib
import sys
import warnings

import lightning
import torch
from torch import nn

warnings.simplefilter('ignore')
out = sys.argv[1]


class Stain(enum.Enum):
    WRIGHT = 1


class Config:
    """An object of a class that exists in this script only, as save_hyperparameters() stores it."""
    def __init__(self):
        self.numbers, self.path = [1, 2], pathlib.Path('data')


class Lit(lightning.LightningModule):
    def __init__(self, lr=1e-3, config=None, criterion=None, arguments=None, maker=None, stain=None):
        super().__init__()
        self.save_hyperparameters()
        self.model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        self.criterion = criterion

    def training_step(self, batch, index):
        loss = self.criterion(self.model(batch[0]), batch[1])
        self.log('loss', loss, on_epoch=True)
        return loss

    def configure_optimizers(self):
        o = torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)
        return [o], [torch.optim.lr_scheduler.CosineAnnealingLR(o, 3)]


torch.manual_seed(1)
lit = Lit(config=Config(), criterion=nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0])),
          arguments=argparse.Namespace(a=1, b='x'), maker=functools.partial(torch.optim.SGD, lr=0.1), stain=Stain.WRIGHT)
data = torch.utils.data.TensorDataset(torch.randn(16, 3), torch.rand(16, 1))
keep = lightning.pytorch.callbacks.ModelCheckpoint(monitor='loss', dirpath='runs')
trainer = lightning.Trainer(max_epochs=2, accelerator='cpu', logger=False, enable_progress_bar=False,
                            enable_model_summary=False,
                            callbacks=[keep, lightning.pytorch.callbacks.EarlyStopping('loss')])
trainer.fit(lit, torch.utils.data.DataLoader(data, batch_size=4))
trainer.save_checkpoint(os.path.join(out, 'lightning.ckpt'))
with open(os.path.join(out, 'lightning.json'), 'w') as f:
    json.dump({k: v.flatten().tolist() for k, v in lit.state_dict().items()}, f, indent=1)
    f.write('\n')
torch.save(lit.model, os.path.join(out, 'module.pth'))
torch.save({'epoch': 3, 'model': lit.model}, os.path.join(out, 'module-in-dictionary.pth'))
torch.save(torch.compile(lit.model).state_dict(), os.path.join(out, 'compiled-protocol-5.pth'), pickle_protocol=5)
