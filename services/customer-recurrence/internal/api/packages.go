package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

type packages struct {
	customerrecurrencev1.UnimplementedPackageServiceServer
	service *catalogue.Service
	sealer  aip.Sealer
}

// CreatePackage adds a package.
func (h *packages) CreatePackage(ctx context.Context, request *customerrecurrencev1.CreatePackageRequest) (*customerrecurrencev1.Package, error) {
	wanted, err := newPackage(request)
	if err != nil {
		return nil, err
	}
	created, err := h.service.Create(ctx, wanted)
	return respond(created, err, packageMessage)
}

func newPackage(request *customerrecurrencev1.CreatePackageRequest) (catalogue.Package, error) {
	id, err := chosenID[catalogue.PackageID]("package_id", request.GetPackageId())
	return catalogue.Package{
		ID:          id,
		DisplayName: request.GetPackage().GetDisplayName(),
		ServiceIDs:  messagesOf(request.GetPackage().GetServiceIds(), func(id string) catalogue.ServiceID { return catalogue.ServiceID(id) }),
		Enforced:    request.GetPackage().GetEnforced(),
	}, err
}

// GetPackage returns one package.
func (h *packages) GetPackage(ctx context.Context, request *customerrecurrencev1.GetPackageRequest) (*customerrecurrencev1.Package, error) {
	id, err := resourcename.ID[catalogue.PackageID](packageNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.service.Get(ctx, id)
	return respond(found, err, packageMessage)
}

// ListPackages returns a page of packages.
func (h *packages) ListPackages(ctx context.Context, request *customerrecurrencev1.ListPackagesRequest) (*customerrecurrencev1.ListPackagesResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, packageList, request, h.service.List, infallible(packageMessage))
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListPackagesResponse{Packages: found, NextPageToken: next}, nil
}

func packageMessage(pack catalogue.Package) *customerrecurrencev1.Package {
	return &customerrecurrencev1.Package{
		Name:        packageNames.Format(pack.ID),
		DisplayName: pack.DisplayName,
		ServiceIds:  messagesOf(pack.ServiceIDs, func(id catalogue.ServiceID) string { return string(id) }),
		Enforced:    pack.Enforced,
		Etag:        pack.Etag(),
		CreateTime:  timestamppb.New(pack.CreateTime),
		UpdateTime:  timestamppb.New(pack.UpdateTime),
	}
}
