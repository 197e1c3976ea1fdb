package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
)

// SuspendAccount suspends an account.
func (s *accountServer) SuspendAccount(ctx context.Context, request *pb.SuspendAccountRequest) (*pb.Account, error) {
	return moveAccount(ctx, request, s.service.Suspend)
}

// ReactivateAccount makes a suspended account active.
func (s *accountServer) ReactivateAccount(ctx context.Context, request *pb.ReactivateAccountRequest) (*pb.Account, error) {
	return moveAccount(ctx, request, s.service.Reactivate)
}

// TerminateAccount terminates an account that owns no subscription that goes on.
func (s *accountServer) TerminateAccount(ctx context.Context, request *pb.TerminateAccountRequest) (*pb.Account, error) {
	return moveAccount(ctx, request, s.service.Terminate)
}

// moveAccount brings the account that a request names into another state.
func moveAccount(ctx context.Context, request interface {
	GetName() string
	GetEtag() string
}, do func(context.Context, account.ID, string, ...mutation.Option) (account.Account, error),
) (*pb.Account, error) {
	id, err := resourcename.ID[account.ID](accountName, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	moved, err := do(ctx, id, request.GetEtag())
	if err != nil {
		return nil, err
	}
	return accountMessage(moved), nil
}
