CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS 'shop'@'%' IDENTIFIED BY 'shop';
GRANT SELECT ON shop.* TO 'shop'@'%';
CREATE TABLE IF NOT EXISTS shop.products (id INT PRIMARY KEY, name VARCHAR(80) NOT NULL, price DECIMAL(8, 2) NOT NULL);
INSERT IGNORE INTO shop.products VALUES (1, 'Hex key set', 7.90), (2, 'Wheel bearing', 12.50), (3, 'Brass compass', 34.00);
