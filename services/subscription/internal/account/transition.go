package account

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Suspend suspends an account. A non-empty etag must be the present one. A terminated account is
// ACCOUNT_NOT_ACTIVE; one that is suspended already does not change.
func (s *Service) Suspend(ctx context.Context, id ID, etag string, options ...mutation.Option) (Account, error) {
	return s.move(ctx, id, etag, Suspended, options...)
}

// Reactivate makes a suspended account active, by the rules of Suspend.
func (s *Service) Reactivate(ctx context.Context, id ID, etag string, options ...mutation.Option) (Account, error) {
	return s.move(ctx, id, etag, Active, options...)
}

// Terminate terminates an account for good. While it owns subscriptions that have not ended, the error is
// an IN_USE fault.
func (s *Service) Terminate(ctx context.Context, id ID, etag string, options ...mutation.Option) (Account, error) {
	return s.move(ctx, id, etag, Terminated, options...)
}

func (s *Service) move(ctx context.Context, id ID, etag string, to State, options ...mutation.Option) (Account, error) {
	return mutation.Change(ctx, s.Service, s.Kept, id, etag, func(ctx context.Context, w Writer, account *Account) error {
		if account.State == to {
			return nil
		}
		if account.State == Terminated {
			return fault.New(fault.FailedPrecondition, reason.AccountNotActive, "account %s is TERMINATED, and that is for good; create another one", account.Number)
		}
		if to == Terminated {
			open, err := w.OpenSubscriptions(ctx, account.ID)
			if err != nil {
				return err
			}
			if open > 0 {
				return fault.New(fault.FailedPrecondition, reason.InUse, "account %s owns %d subscriptions that have not ended; end them first", account.Number, open)
			}
		}
		account.State = to
		return nil
	}, options...)
}
