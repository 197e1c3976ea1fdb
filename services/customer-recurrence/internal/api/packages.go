package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
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
	wanted := catalogue.Package{ID: id}
	if err != nil {
		return wanted, err
	}
	return wanted, readPackage(request.GetPackage(), &wanted)
}

// readPackage copies the fields that callers can set from a message into a package.
func readPackage(m *customerrecurrencev1.Package, into *catalogue.Package) (err error) {
	into.DisplayName, into.Enforced, into.Inactive = m.GetDisplayName(), m.GetEnforced(), m.GetInactive()
	into.ServiceIDs = messagesOf(m.GetServiceIds(), catalogue.NewServiceID)
	into.Next = messagesOf(m.GetNextPackageIds(), catalogue.NewPackageID)
	into.Versions, err = versionsOf(m.GetVersions())
	return err
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

// BatchGetPackages returns packages in the order of their names.
func (h *packages) BatchGetPackages(ctx context.Context, request *customerrecurrencev1.BatchGetPackagesRequest) (*customerrecurrencev1.BatchGetPackagesResponse, error) {
	found, err := aip.BatchGet(ctx, packageList.ByName, request.GetNames(), h.service.List, infallible(packageMessage))
	return &customerrecurrencev1.BatchGetPackagesResponse{Packages: found}, err
}

// ListPackages returns a page of packages.
func (h *packages) ListPackages(ctx context.Context, request *customerrecurrencev1.ListPackagesRequest) (*customerrecurrencev1.ListPackagesResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, packageList, request, h.service.List, infallible(packageMessage))
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListPackagesResponse{Packages: found, NextPageToken: next}, nil
}

// UpdatePackage corrects a package.
func (h *packages) UpdatePackage(ctx context.Context, request *customerrecurrencev1.UpdatePackageRequest) (*customerrecurrencev1.Package, error) {
	sent := request.GetPackage()
	id, err := resourcename.ID[catalogue.PackageID](packageNames, "package.name", sent.GetName())
	if err != nil {
		return nil, err
	}
	updated, err := h.service.Update(ctx, id, sent.GetEtag(), func(pack *catalogue.Package) error {
		merged, err := fieldmask.Merge(packageMessage(*pack), sent, request.GetUpdateMask())
		if err != nil {
			return err
		}
		return readPackage(merged, pack)
	})
	return respond(updated, err, packageMessage)
}

// DeletePackage removes a package that nothing names.
func (h *packages) DeletePackage(ctx context.Context, request *customerrecurrencev1.DeletePackageRequest) (*emptypb.Empty, error) {
	id, err := resourcename.ID[catalogue.PackageID](packageNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, h.service.Delete(ctx, id, request.GetEtag())
}

func packageMessage(pack catalogue.Package) *customerrecurrencev1.Package {
	return &customerrecurrencev1.Package{
		Name:        packageNames.Format(pack.ID),
		DisplayName: pack.DisplayName,
		ServiceIds:  messagesOf(pack.ServiceIDs, func(id catalogue.ServiceID) string { return string(id) }),
		Enforced:    pack.Enforced,
		Inactive:    pack.Inactive,
		Versions:    messagesOf(pack.Versions, versionMessage), NextPackageIds: messagesOf(pack.Next, func(id catalogue.PackageID) string { return string(id) }),
		Etag:       pack.Etag(),
		CreateTime: timestamppb.New(pack.CreateTime),
		UpdateTime: timestamppb.New(pack.UpdateTime),
	}
}
