package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

var products = kind[catalogue.ProductID, catalogue.Product, *pb.Product]{
	pattern: productName, field: "product", list: productList, message: productMessage, read: readProduct,
	setID: func(r *catalogue.Product, id catalogue.ProductID) { r.ID = id },
}

// CreateProduct adds a product.
func (s *catalogueServer) CreateProduct(ctx context.Context, request *pb.CreateProductRequest) (*pb.Product, error) {
	return products.create(ctx, request.GetProduct(), request.GetProductId(), s.service.Products.Create)
}

// GetProduct returns a product.
func (s *catalogueServer) GetProduct(ctx context.Context, request *pb.GetProductRequest) (*pb.Product, error) {
	return products.get(ctx, request.GetName(), s.service.Products.Get)
}

// BatchGetProducts returns several products.
func (s *catalogueServer) BatchGetProducts(ctx context.Context, request *pb.BatchGetProductsRequest) (*pb.BatchGetProductsResponse, error) {
	found, err := products.batchGet(ctx, request.GetNames(), s.service.Products.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetProductsResponse{Products: found}, nil
}

// ListProducts returns a page of products.
func (s *catalogueServer) ListProducts(ctx context.Context, request *pb.ListProductsRequest) (*pb.ListProductsResponse, error) {
	found, next, err := products.page(ctx, s.sealer, request, s.service.Products.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListProductsResponse{Products: found, NextPageToken: next}, nil
}

// UpdateProduct changes a product.
func (s *catalogueServer) UpdateProduct(ctx context.Context, request *pb.UpdateProductRequest) (*pb.Product, error) {
	return update(ctx, products, request.GetProduct(), request.GetUpdateMask(), s.service.Products.Update)
}

// DeleteProduct removes a product that nothing refers to.
func (s *catalogueServer) DeleteProduct(ctx context.Context, request *pb.DeleteProductRequest) (*emptypb.Empty, error) {
	return products.remove(ctx, request.GetName(), request.GetEtag(), s.service.Products.Delete)
}

func readProduct(r *reading, message *pb.Product, into *catalogue.Product) {
	into.Code = r.key("product.code", message.GetCode())
	into.AlternativeCode = r.key("product.alternative_code", message.GetAlternativeCode())
	into.Name = message.GetDisplayName()
	into.Type = word[catalogue.ProductType]("PRODUCT_TYPE_", message.GetType())
	into.Inactive = message.GetInactive()
	r.offer(message, into)
}

func productMessage(product catalogue.Product) *pb.Product {
	etag, created, updated := versions(product.Revision)
	message := &pb.Product{
		Name: productName.Format(product.ID), Code: product.Code, AlternativeCode: product.AlternativeCode, DisplayName: product.Name,
		Type:     enum[pb.ProductType]("PRODUCT_TYPE_", pb.ProductType_value, product.Type),
		Inactive: product.Inactive,
		Etag:     etag, CreateTime: created, UpdateTime: updated,
	}
	setOffer(message, product)
	return message
}
