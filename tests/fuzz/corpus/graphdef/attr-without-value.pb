

input*
shape