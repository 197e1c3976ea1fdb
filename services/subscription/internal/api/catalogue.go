package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

// catalogueServer serves continuo.subscription.v1.CatalogueService.
type catalogueServer struct {
	pb.UnimplementedCatalogueServiceServer
	service *catalogue.Service
	sealer  aip.Sealer
}

// CreateSubscriptionType adds a subscription type.
func (s *catalogueServer) CreateSubscriptionType(ctx context.Context, request *pb.CreateSubscriptionTypeRequest) (*pb.SubscriptionType, error) {
	subscriptionType, err := newSubscriptionType(request)
	if err != nil {
		return nil, err
	}
	return create(ctx, subscriptionType, s.service.CreateSubscriptionType, subscriptionTypeMessage)
}

func newSubscriptionType(request *pb.CreateSubscriptionTypeRequest) (catalogue.SubscriptionType, error) {
	var read reading
	subscriptionType := read.subscriptionType(request.GetSubscriptionType())
	subscriptionType.ID = catalogue.TypeID(request.GetSubscriptionTypeId())
	return subscriptionType, read.Err()
}

// GetSubscriptionType returns one subscription type.
func (s *catalogueServer) GetSubscriptionType(ctx context.Context, request *pb.GetSubscriptionTypeRequest) (*pb.SubscriptionType, error) {
	return get(ctx, subscriptionTypeName, request.GetName(), s.service.SubscriptionType, subscriptionTypeMessage)
}

// ListSubscriptionTypes returns a page of subscription types.
func (s *catalogueServer) ListSubscriptionTypes(ctx context.Context, request *pb.ListSubscriptionTypesRequest) (*pb.ListSubscriptionTypesResponse, error) {
	found, next, err := list(ctx, s.sealer, subscriptionTypeList, request, s.service.SubscriptionTypes, subscriptionTypeMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListSubscriptionTypesResponse{SubscriptionTypes: found, NextPageToken: next}, nil
}

// CreateGroup adds a group.
func (s *catalogueServer) CreateGroup(ctx context.Context, request *pb.CreateGroupRequest) (*pb.Group, error) {
	return create(ctx, newGroup(request), s.service.CreateGroup, groupMessage)
}

func newGroup(request *pb.CreateGroupRequest) catalogue.Group {
	given := request.GetGroup()
	return catalogue.Group{ID: catalogue.GroupID(request.GetGroupId()), Name: given.GetDisplayName(), AlternativeCode: given.GetAlternativeCode()}
}

// GetGroup returns one group.
func (s *catalogueServer) GetGroup(ctx context.Context, request *pb.GetGroupRequest) (*pb.Group, error) {
	return get(ctx, groupName, request.GetName(), s.service.Group, groupMessage)
}

// ListGroups returns a page of groups.
func (s *catalogueServer) ListGroups(ctx context.Context, request *pb.ListGroupsRequest) (*pb.ListGroupsResponse, error) {
	found, next, err := list(ctx, s.sealer, groupList, request, s.service.Groups, groupMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListGroupsResponse{Groups: found, NextPageToken: next}, nil
}

func groupMessage(group catalogue.Group) *pb.Group {
	etag, created, updated := versions(group.Revision)
	return &pb.Group{
		Name: groupName.Format(group.ID), DisplayName: group.Name, AlternativeCode: group.AlternativeCode,
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}

// CreatePrivacyLevel adds a privacy level.
func (s *catalogueServer) CreatePrivacyLevel(ctx context.Context, request *pb.CreatePrivacyLevelRequest) (*pb.PrivacyLevel, error) {
	return create(ctx, newPrivacyLevel(request), s.service.CreatePrivacyLevel, privacyLevelMessage)
}

func newPrivacyLevel(request *pb.CreatePrivacyLevelRequest) catalogue.PrivacyLevel {
	given := request.GetPrivacyLevel()
	return catalogue.PrivacyLevel{ID: catalogue.PrivacyLevelID(request.GetPrivacyLevelId()), Number: given.GetNumber(), Name: given.GetDisplayName()}
}

// GetPrivacyLevel returns one privacy level.
func (s *catalogueServer) GetPrivacyLevel(ctx context.Context, request *pb.GetPrivacyLevelRequest) (*pb.PrivacyLevel, error) {
	return get(ctx, privacyLevelName, request.GetName(), s.service.PrivacyLevel, privacyLevelMessage)
}

// ListPrivacyLevels returns a page of privacy levels.
func (s *catalogueServer) ListPrivacyLevels(ctx context.Context, request *pb.ListPrivacyLevelsRequest) (*pb.ListPrivacyLevelsResponse, error) {
	found, next, err := list(ctx, s.sealer, privacyLevelList, request, s.service.PrivacyLevels, privacyLevelMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListPrivacyLevelsResponse{PrivacyLevels: found, NextPageToken: next}, nil
}

func privacyLevelMessage(level catalogue.PrivacyLevel) *pb.PrivacyLevel {
	etag, created, updated := versions(level.Revision)
	return &pb.PrivacyLevel{
		Name: privacyLevelName.Format(level.ID), Number: level.Number, DisplayName: level.Name,
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}

// CreateProduct adds a product.
func (s *catalogueServer) CreateProduct(ctx context.Context, request *pb.CreateProductRequest) (*pb.Product, error) {
	return create(ctx, newProduct(request), s.service.CreateProduct, productMessage)
}

func newProduct(request *pb.CreateProductRequest) catalogue.Product {
	given := request.GetProduct()
	return catalogue.Product{
		ID: catalogue.ProductID(request.GetProductId()), Code: given.GetCode(), AlternativeCode: given.GetAlternativeCode(), Name: given.GetDisplayName(),
		Type: word[catalogue.ProductType]("PRODUCT_TYPE_", given.GetType()),
	}
}

// GetProduct returns one product.
func (s *catalogueServer) GetProduct(ctx context.Context, request *pb.GetProductRequest) (*pb.Product, error) {
	return get(ctx, productName, request.GetName(), s.service.Product, productMessage)
}

// ListProducts returns a page of products.
func (s *catalogueServer) ListProducts(ctx context.Context, request *pb.ListProductsRequest) (*pb.ListProductsResponse, error) {
	found, next, err := list(ctx, s.sealer, productList, request, s.service.Products, productMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListProductsResponse{Products: found, NextPageToken: next}, nil
}

func productMessage(product catalogue.Product) *pb.Product {
	etag, created, updated := versions(product.Revision)
	return &pb.Product{
		Name: productName.Format(product.ID), Code: product.Code, AlternativeCode: product.AlternativeCode, DisplayName: product.Name,
		Type: enum[pb.ProductType]("PRODUCT_TYPE_", pb.ProductType_value, product.Type),
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}

// CreateInstalledItem adds an installed item.
func (s *catalogueServer) CreateInstalledItem(ctx context.Context, request *pb.CreateInstalledItemRequest) (*pb.InstalledItem, error) {
	return create(ctx, newInstalledItem(request), s.service.CreateInstalledItem, installedItemMessage)
}

func newInstalledItem(request *pb.CreateInstalledItemRequest) catalogue.InstalledItem {
	given := request.GetInstalledItem()
	return catalogue.InstalledItem{
		ID: catalogue.ItemID(request.GetInstalledItemId()), SerialNumber: given.GetSerialNumber(), AlternativeCode: given.GetAlternativeCode(), Name: given.GetDisplayName(),
	}
}

// GetInstalledItem returns one installed item.
func (s *catalogueServer) GetInstalledItem(ctx context.Context, request *pb.GetInstalledItemRequest) (*pb.InstalledItem, error) {
	return get(ctx, installedItemName, request.GetName(), s.service.InstalledItem, installedItemMessage)
}

// ListInstalledItems returns a page of installed items.
func (s *catalogueServer) ListInstalledItems(ctx context.Context, request *pb.ListInstalledItemsRequest) (*pb.ListInstalledItemsResponse, error) {
	found, next, err := list(ctx, s.sealer, installedItemList, request, s.service.InstalledItems, installedItemMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListInstalledItemsResponse{InstalledItems: found, NextPageToken: next}, nil
}

func installedItemMessage(item catalogue.InstalledItem) *pb.InstalledItem {
	etag, created, updated := versions(item.Revision)
	return &pb.InstalledItem{
		Name: installedItemName.Format(item.ID), SerialNumber: item.SerialNumber, AlternativeCode: item.AlternativeCode, DisplayName: item.Name,
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}
