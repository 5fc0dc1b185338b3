

a
bÿPlaceholder