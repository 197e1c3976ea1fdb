package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// accounts serves continuo.subscription.v1.AccountService.
type accounts struct {
	pb.UnimplementedAccountServiceServer
	system *domain.System
}

// CreateAccount adds an account.
func (s *accounts) CreateAccount(ctx context.Context, request *pb.CreateAccountRequest) (*pb.Account, error) {
	account, err := newAccount(request)
	if err != nil {
		return nil, err
	}
	return create(ctx, s.system, account, request.GetValidateOnly(), accountMessage)
}

func newAccount(request *pb.CreateAccountRequest) (domain.Account, error) {
	var read reading
	account := read.account(request.GetAccount())
	account.ID = domain.AccountID(request.GetAccountId())
	return account, read.Err()
}

// GetAccount answers one account.
func (s *accounts) GetAccount(ctx context.Context, request *pb.GetAccountRequest) (*pb.Account, error) {
	return get(ctx, s.system, request.GetName(), accountMessage)
}

// ListAccounts answers a page of accounts.
func (s *accounts) ListAccounts(ctx context.Context, request *pb.ListAccountsRequest) (*pb.ListAccountsResponse, error) {
	found, next, err := list(ctx, s.system, request.GetPageSize(), request.GetPageToken(), accountMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListAccountsResponse{Accounts: found, NextPageToken: next}, nil
}
