-- +goose Up
-- The products that bundles consist of, so that a product in use cannot be deleted. Programs of before drop the prices and the components of a
-- product when they change it: give products prices once all replicas are newer.
-- oldest program: 00125
CREATE TABLE product_components (
    tenant    TEXT NOT NULL,
    product   TEXT NOT NULL,
    component TEXT NOT NULL,
    PRIMARY KEY (tenant, product, component)
);
CREATE INDEX product_components_by_component ON product_components (tenant, component);
