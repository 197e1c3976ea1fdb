package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
)

// accountServer serves continuo.subscription.v1.AccountService.
type accountServer struct {
	pb.UnimplementedAccountServiceServer
	service *account.Service
	sealer  aip.Sealer
}

var accounts = kind[account.ID, account.Account, *pb.Account]{
	pattern: accountName, field: "account", list: accountList, message: accountMessage, read: (*reading).account,
	setID: func(r *account.Account, id account.ID) { r.ID = id },
}

// CreateAccount adds an account.
func (s *accountServer) CreateAccount(ctx context.Context, request *pb.CreateAccountRequest) (*pb.Account, error) {
	return accounts.create(ctx, request.GetAccount(), request.GetAccountId(), s.service.Create)
}

// GetAccount returns an account.
func (s *accountServer) GetAccount(ctx context.Context, request *pb.GetAccountRequest) (*pb.Account, error) {
	return accounts.get(ctx, request.GetName(), s.service.Get)
}

// BatchGetAccounts returns several accounts.
func (s *accountServer) BatchGetAccounts(ctx context.Context, request *pb.BatchGetAccountsRequest) (*pb.BatchGetAccountsResponse, error) {
	found, err := accounts.batchGet(ctx, request.GetNames(), s.service.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetAccountsResponse{Accounts: found}, nil
}

// ListAccounts returns a page of accounts.
func (s *accountServer) ListAccounts(ctx context.Context, request *pb.ListAccountsRequest) (*pb.ListAccountsResponse, error) {
	found, next, err := accounts.page(ctx, s.sealer, request, s.service.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListAccountsResponse{Accounts: found, NextPageToken: next}, nil
}

// UpdateAccount changes an account.
func (s *accountServer) UpdateAccount(ctx context.Context, request *pb.UpdateAccountRequest) (*pb.Account, error) {
	return update(ctx, accounts, request.GetAccount(), request.GetUpdateMask(), s.service.Update)
}

// DeleteAccount removes an account that nothing refers to.
func (s *accountServer) DeleteAccount(ctx context.Context, request *pb.DeleteAccountRequest) (*emptypb.Empty, error) {
	return accounts.remove(ctx, request.GetName(), request.GetEtag(), s.service.Delete)
}
