package subscription

import (
	"context"

	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Owned is a subscription with its account, its type and the settings of the tenant.
type Owned struct {
	Subscription Subscription
	Account      account.Account
	Type         catalogue.SubscriptionType
	Settings     Settings
}

// owning is the writer of a mutation that changes one subscription and nothing that it refers to. It reads them together, once.
type owning struct {
	Writer
	read Owned
}

// Subscription reads the subscription with a key, and what Owned and Settings return from then on.
func (o *owning) Subscription(ctx context.Context, key resource.Key) (found Subscription, err error) {
	o.read, err = o.Writer.Owned(ctx, key)
	return o.read.Subscription, err
}

// Owned returns what Subscription has read.
func (o *owning) Owned(context.Context, resource.Key) (Owned, error) { return o.read, nil }

// Settings returns what Subscription has read.
func (o *owning) Settings(context.Context) (Settings, error) { return o.read.Settings, nil }
