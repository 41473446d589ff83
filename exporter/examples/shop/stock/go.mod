module example.test/shop/stock

go 1.22
