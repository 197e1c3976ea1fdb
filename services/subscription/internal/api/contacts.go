package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
)

// contactServer serves continuo.subscription.v1.ContactService.
type contactServer struct {
	pb.UnimplementedContactServiceServer
	service *account.Service
	sealer  aip.Sealer
}

var contacts = kind[account.ContactID, account.Contact, *pb.Contact]{
	pattern: contactName, field: "contact", list: contactList, message: contactMessage, read: readContact,
	setID: func(r *account.Contact, id account.ContactID) { r.ID = id },
}

// CreateContact adds a contact.
func (s *contactServer) CreateContact(ctx context.Context, request *pb.CreateContactRequest) (*pb.Contact, error) {
	return contacts.create(ctx, request.GetContact(), request.GetContactId(), s.service.Contacts.Create)
}

// GetContact returns a contact.
func (s *contactServer) GetContact(ctx context.Context, request *pb.GetContactRequest) (*pb.Contact, error) {
	return contacts.get(ctx, request.GetName(), s.service.Contacts.Get)
}

// BatchGetContacts returns several contacts.
func (s *contactServer) BatchGetContacts(ctx context.Context, request *pb.BatchGetContactsRequest) (*pb.BatchGetContactsResponse, error) {
	found, err := contacts.batchGet(ctx, request.GetNames(), s.service.Contacts.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetContactsResponse{Contacts: found}, nil
}

// ListContacts returns a page of contacts.
func (s *contactServer) ListContacts(ctx context.Context, request *pb.ListContactsRequest) (*pb.ListContactsResponse, error) {
	found, next, err := contacts.page(ctx, s.sealer, request, s.service.Contacts.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListContactsResponse{Contacts: found, NextPageToken: next}, nil
}

// UpdateContact changes a contact.
func (s *contactServer) UpdateContact(ctx context.Context, request *pb.UpdateContactRequest) (*pb.Contact, error) {
	return update(ctx, contacts, request.GetContact(), request.GetUpdateMask(), s.service.Contacts.Update)
}

// DeleteContact removes a contact that nothing refers to.
func (s *contactServer) DeleteContact(ctx context.Context, request *pb.DeleteContactRequest) (*emptypb.Empty, error) {
	return contacts.remove(ctx, request.GetName(), request.GetEtag(), s.service.Contacts.Delete)
}

func readContact(r *reading, message *pb.Contact, into *account.Contact) {
	into.Info = r.contact("contact.info.", message.GetInfo())
	into.Notes, into.Inactive = message.GetNotes(), message.GetInactive()
}

func contactMessage(contact account.Contact) *pb.Contact {
	etag, created, updated := versions(contact.Revision)
	return &pb.Contact{
		Name: contactName.Format(contact.ID), Info: contactInfoMessage(contact.Info), Notes: contact.Notes, Inactive: contact.Inactive,
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}
