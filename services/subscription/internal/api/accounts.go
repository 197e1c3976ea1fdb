package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// accounts serves continuo.subscription.v1.AccountService.
type accounts struct {
	pb.UnimplementedAccountServiceServer
	service *domain.AccountService
	sealer  aip.Sealer
}

// CreateAccount adds an account.
func (s *accounts) CreateAccount(ctx context.Context, request *pb.CreateAccountRequest) (*pb.Account, error) {
	account, err := newAccount(request)
	if err != nil {
		return nil, err
	}
	return create(ctx, account, request.GetValidateOnly(), s.service.Create, accountMessage)
}

func newAccount(request *pb.CreateAccountRequest) (domain.Account, error) {
	var read reading
	account := read.account(request.GetAccount())
	account.ID = domain.AccountID(request.GetAccountId())
	return account, read.Err()
}

// GetAccount answers one account.
func (s *accounts) GetAccount(ctx context.Context, request *pb.GetAccountRequest) (*pb.Account, error) {
	return get(ctx, accountName, request.GetName(), s.service.Get, accountMessage)
}

// ListAccounts answers a page of accounts.
func (s *accounts) ListAccounts(ctx context.Context, request *pb.ListAccountsRequest) (*pb.ListAccountsResponse, error) {
	found, next, err := list(ctx, s.sealer, accountList, request, s.service.List, accountMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListAccountsResponse{Accounts: found, NextPageToken: next}, nil
}
