
ÿÿÿÿ
input