package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

type packages struct {
	customerrecurrencev1.UnimplementedPackageServiceServer
	service *domain.Service
	sealer  aip.Sealer
}

// CreatePackage adds a package.
func (h *packages) CreatePackage(ctx context.Context, request *customerrecurrencev1.CreatePackageRequest) (*customerrecurrencev1.Package, error) {
	wanted, err := newPackage(request)
	if err != nil {
		return nil, err
	}
	created, err := h.service.CreatePackage(ctx, wanted, mutation.ValidateOnly(request.GetValidateOnly()))
	return answered(created, err, packageMessage)
}

func newPackage(request *customerrecurrencev1.CreatePackageRequest) (domain.Package, error) {
	id, err := chosenID[domain.PackageID]("package_id", request.GetPackageId())
	return domain.Package{
		ID:          id,
		DisplayName: request.GetPackage().GetDisplayName(),
		ServiceIDs:  mapped(request.GetPackage().GetServiceIds(), func(id string) domain.ServiceID { return domain.ServiceID(id) }),
		Enforced:    request.GetPackage().GetEnforced(),
	}, err
}

// GetPackage answers one package.
func (h *packages) GetPackage(ctx context.Context, request *customerrecurrencev1.GetPackageRequest) (*customerrecurrencev1.Package, error) {
	id, err := resourcename.ID[domain.PackageID](packageNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.service.Package(ctx, id)
	return answered(found, err, packageMessage)
}

// ListPackages answers a page of packages.
func (h *packages) ListPackages(ctx context.Context, request *customerrecurrencev1.ListPackagesRequest) (*customerrecurrencev1.ListPackagesResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, packageList, request, h.service.Packages, shown(packageMessage))
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListPackagesResponse{Packages: found, NextPageToken: next}, nil
}

func packageMessage(pack domain.Package) *customerrecurrencev1.Package {
	return &customerrecurrencev1.Package{
		Name:        packageNames.Format(pack.ID),
		DisplayName: pack.DisplayName,
		ServiceIds:  mapped(pack.ServiceIDs, func(id domain.ServiceID) string { return string(id) }),
		Enforced:    pack.Enforced,
		Etag:        pack.Etag(),
		CreateTime:  timestamppb.New(pack.CreateTime),
		UpdateTime:  timestamppb.New(pack.UpdateTime),
	}
}
