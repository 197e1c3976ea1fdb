package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// catalogue serves continuo.subscription.v1.CatalogueService.
type catalogue struct {
	pb.UnimplementedCatalogueServiceServer
	service *domain.CatalogueService
	sealer  aip.Sealer
}

// CreateSubscriptionType adds a subscription type.
func (s *catalogue) CreateSubscriptionType(ctx context.Context, request *pb.CreateSubscriptionTypeRequest) (*pb.SubscriptionType, error) {
	subscriptionType, err := newSubscriptionType(request)
	if err != nil {
		return nil, err
	}
	return create(ctx, subscriptionType, request.GetValidateOnly(), s.service.CreateSubscriptionType, subscriptionTypeMessage)
}

func newSubscriptionType(request *pb.CreateSubscriptionTypeRequest) (domain.SubscriptionType, error) {
	var read reading
	subscriptionType := read.subscriptionType(request.GetSubscriptionType())
	subscriptionType.ID = domain.TypeID(request.GetSubscriptionTypeId())
	return subscriptionType, read.Err()
}

// GetSubscriptionType answers one subscription type.
func (s *catalogue) GetSubscriptionType(ctx context.Context, request *pb.GetSubscriptionTypeRequest) (*pb.SubscriptionType, error) {
	return get(ctx, subscriptionTypeName, request.GetName(), s.service.SubscriptionType, subscriptionTypeMessage)
}

// ListSubscriptionTypes answers a page of subscription types.
func (s *catalogue) ListSubscriptionTypes(ctx context.Context, request *pb.ListSubscriptionTypesRequest) (*pb.ListSubscriptionTypesResponse, error) {
	found, next, err := list(ctx, s.sealer, subscriptionTypeList, request, s.service.SubscriptionTypes, subscriptionTypeMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListSubscriptionTypesResponse{SubscriptionTypes: found, NextPageToken: next}, nil
}

// CreateGroup adds a group.
func (s *catalogue) CreateGroup(ctx context.Context, request *pb.CreateGroupRequest) (*pb.Group, error) {
	return create(ctx, newGroup(request), request.GetValidateOnly(), s.service.CreateGroup, groupMessage)
}

func newGroup(request *pb.CreateGroupRequest) domain.Group {
	given := request.GetGroup()
	return domain.Group{ID: domain.GroupID(request.GetGroupId()), Name: given.GetDisplayName(), AlternativeCode: given.GetAlternativeCode()}
}

// GetGroup answers one group.
func (s *catalogue) GetGroup(ctx context.Context, request *pb.GetGroupRequest) (*pb.Group, error) {
	return get(ctx, groupName, request.GetName(), s.service.Group, groupMessage)
}

// ListGroups answers a page of groups.
func (s *catalogue) ListGroups(ctx context.Context, request *pb.ListGroupsRequest) (*pb.ListGroupsResponse, error) {
	found, next, err := list(ctx, s.sealer, groupList, request, s.service.Groups, groupMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListGroupsResponse{Groups: found, NextPageToken: next}, nil
}

func groupMessage(group domain.Group) *pb.Group {
	etag, created, updated := versions(group.Record)
	return &pb.Group{
		Name: groupName.Format(group.ID), DisplayName: group.Name, AlternativeCode: group.AlternativeCode,
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}

// CreatePrivacyLevel adds a privacy level.
func (s *catalogue) CreatePrivacyLevel(ctx context.Context, request *pb.CreatePrivacyLevelRequest) (*pb.PrivacyLevel, error) {
	return create(ctx, newPrivacyLevel(request), request.GetValidateOnly(), s.service.CreatePrivacyLevel, privacyLevelMessage)
}

func newPrivacyLevel(request *pb.CreatePrivacyLevelRequest) domain.PrivacyLevel {
	given := request.GetPrivacyLevel()
	return domain.PrivacyLevel{ID: domain.PrivacyLevelID(request.GetPrivacyLevelId()), Number: given.GetNumber(), Name: given.GetDisplayName()}
}

// GetPrivacyLevel answers one privacy level.
func (s *catalogue) GetPrivacyLevel(ctx context.Context, request *pb.GetPrivacyLevelRequest) (*pb.PrivacyLevel, error) {
	return get(ctx, privacyLevelName, request.GetName(), s.service.PrivacyLevel, privacyLevelMessage)
}

// ListPrivacyLevels answers a page of privacy levels.
func (s *catalogue) ListPrivacyLevels(ctx context.Context, request *pb.ListPrivacyLevelsRequest) (*pb.ListPrivacyLevelsResponse, error) {
	found, next, err := list(ctx, s.sealer, privacyLevelList, request, s.service.PrivacyLevels, privacyLevelMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListPrivacyLevelsResponse{PrivacyLevels: found, NextPageToken: next}, nil
}

func privacyLevelMessage(level domain.PrivacyLevel) *pb.PrivacyLevel {
	etag, created, updated := versions(level.Record)
	return &pb.PrivacyLevel{
		Name: privacyLevelName.Format(level.ID), Number: level.Number, DisplayName: level.Name,
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}

// CreateProduct adds a product.
func (s *catalogue) CreateProduct(ctx context.Context, request *pb.CreateProductRequest) (*pb.Product, error) {
	return create(ctx, newProduct(request), request.GetValidateOnly(), s.service.CreateProduct, productMessage)
}

func newProduct(request *pb.CreateProductRequest) domain.Product {
	given := request.GetProduct()
	return domain.Product{
		ID: domain.ProductID(request.GetProductId()), Code: given.GetCode(), AlternativeCode: given.GetAlternativeCode(), Name: given.GetDisplayName(),
		Type: word[domain.ProductType]("PRODUCT_TYPE_", given.GetType()),
	}
}

// GetProduct answers one product.
func (s *catalogue) GetProduct(ctx context.Context, request *pb.GetProductRequest) (*pb.Product, error) {
	return get(ctx, productName, request.GetName(), s.service.Product, productMessage)
}

// ListProducts answers a page of products.
func (s *catalogue) ListProducts(ctx context.Context, request *pb.ListProductsRequest) (*pb.ListProductsResponse, error) {
	found, next, err := list(ctx, s.sealer, productList, request, s.service.Products, productMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListProductsResponse{Products: found, NextPageToken: next}, nil
}

func productMessage(product domain.Product) *pb.Product {
	etag, created, updated := versions(product.Record)
	return &pb.Product{
		Name: productName.Format(product.ID), Code: product.Code, AlternativeCode: product.AlternativeCode, DisplayName: product.Name,
		Type: enum[pb.ProductType]("PRODUCT_TYPE_", pb.ProductType_value, product.Type),
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}

// CreateInstalledItem adds an installed item.
func (s *catalogue) CreateInstalledItem(ctx context.Context, request *pb.CreateInstalledItemRequest) (*pb.InstalledItem, error) {
	return create(ctx, newInstalledItem(request), request.GetValidateOnly(), s.service.CreateInstalledItem, installedItemMessage)
}

func newInstalledItem(request *pb.CreateInstalledItemRequest) domain.InstalledItem {
	given := request.GetInstalledItem()
	return domain.InstalledItem{
		ID: domain.ItemID(request.GetInstalledItemId()), SerialNumber: given.GetSerialNumber(), AlternativeCode: given.GetAlternativeCode(), Name: given.GetDisplayName(),
	}
}

// GetInstalledItem answers one installed item.
func (s *catalogue) GetInstalledItem(ctx context.Context, request *pb.GetInstalledItemRequest) (*pb.InstalledItem, error) {
	return get(ctx, installedItemName, request.GetName(), s.service.InstalledItem, installedItemMessage)
}

// ListInstalledItems answers a page of installed items.
func (s *catalogue) ListInstalledItems(ctx context.Context, request *pb.ListInstalledItemsRequest) (*pb.ListInstalledItemsResponse, error) {
	found, next, err := list(ctx, s.sealer, installedItemList, request, s.service.InstalledItems, installedItemMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListInstalledItemsResponse{InstalledItems: found, NextPageToken: next}, nil
}

func installedItemMessage(item domain.InstalledItem) *pb.InstalledItem {
	etag, created, updated := versions(item.Record)
	return &pb.InstalledItem{
		Name: installedItemName.Format(item.ID), SerialNumber: item.SerialNumber, AlternativeCode: item.AlternativeCode, DisplayName: item.Name,
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}
