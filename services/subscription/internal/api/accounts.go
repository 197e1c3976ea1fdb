package api

import (
	"context"

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

// CreateAccount adds an account.
func (s *accountServer) CreateAccount(ctx context.Context, request *pb.CreateAccountRequest) (*pb.Account, error) {
	account, err := newAccount(request)
	if err != nil {
		return nil, err
	}
	return create(ctx, account, s.service.Create, accountMessage)
}

func newAccount(request *pb.CreateAccountRequest) (account.Account, error) {
	var r reading
	read := r.account(request.GetAccount())
	read.ID = account.ID(request.GetAccountId())
	return read, r.Err()
}

// GetAccount returns one account.
func (s *accountServer) GetAccount(ctx context.Context, request *pb.GetAccountRequest) (*pb.Account, error) {
	return get(ctx, accountName, request.GetName(), s.service.Get, accountMessage)
}

// ListAccounts returns a page of accounts.
func (s *accountServer) ListAccounts(ctx context.Context, request *pb.ListAccountsRequest) (*pb.ListAccountsResponse, error) {
	found, next, err := list(ctx, s.sealer, accountList, request, s.service.List, accountMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListAccountsResponse{Accounts: found, NextPageToken: next}, nil
}
