package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/page"
)

type packages struct {
	customerrecurrencev1.UnimplementedPackageServiceServer
	service *domain.Service
}

// CreatePackage adds a package.
func (h *packages) CreatePackage(ctx context.Context, request *customerrecurrencev1.CreatePackageRequest) (*customerrecurrencev1.Package, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	pack, err := h.service.CreatePackage(ctx, by, newPackage(request))
	if err != nil {
		return nil, err
	}
	return packageMessage(pack), nil
}

func newPackage(request *customerrecurrencev1.CreatePackageRequest) domain.NewPackage {
	return domain.NewPackage{
		ID:           domain.PackageID(request.GetPackageId()),
		DisplayName:  request.GetPackage().GetDisplayName(),
		ServiceIDs:   mapped(request.GetPackage().GetServiceIds(), func(id string) domain.ServiceID { return domain.ServiceID(id) }),
		Enforced:     request.GetPackage().GetEnforced(),
		ValidateOnly: request.GetValidateOnly(),
	}
}

// GetPackage answers one package.
func (h *packages) GetPackage(ctx context.Context, request *customerrecurrencev1.GetPackageRequest) (*customerrecurrencev1.Package, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	id, err := domain.ParsePackageName("name", request.GetName())
	if err != nil {
		return nil, err
	}
	pack, err := h.service.Package(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return packageMessage(pack), nil
}

// ListPackages answers a page of packages.
func (h *packages) ListPackages(ctx context.Context, request *customerrecurrencev1.ListPackagesRequest) (*customerrecurrencev1.ListPackagesResponse, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	from, err := after[domain.PackageID](request.GetPageToken(), "packages")
	if err != nil {
		return nil, err
	}
	items, more, err := h.service.Packages(ctx, by, from, page.Size(request.GetPageSize()))
	if err != nil {
		return nil, err
	}
	token, err := next("packages", items, more, func(p domain.Package) domain.PackageID { return p.ID })
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListPackagesResponse{Packages: mapped(items, packageMessage), NextPageToken: token}, nil
}

func packageMessage(pack domain.Package) *customerrecurrencev1.Package {
	return &customerrecurrencev1.Package{
		Name:        domain.PackageName(pack.ID),
		DisplayName: pack.DisplayName,
		ServiceIds:  mapped(pack.ServiceIDs, func(id domain.ServiceID) string { return string(id) }),
		Enforced:    pack.Enforced,
		Etag:        pack.Version.Etag(),
		CreateTime:  timestamppb.New(pack.CreateTime),
		UpdateTime:  timestamppb.New(pack.UpdateTime),
	}
}
