package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// ahead is what a batch of actions has read before it is asked for, of one tenant. The zero pointer has nothing.
type ahead struct {
	// documents are those of resources by their types and ids.
	documents map[string]map[string]string
	// pending are the documents of scheduled actions by their subscriptions, in the order of their ids.
	pending  map[subscription.ID][]string
	settings *string
}

func (a *ahead) document(what string, key resource.Key) (document string, known bool) {
	if a == nil || key.Name != resource.KeyID {
		return "", false
	}
	document, known = a.documents[what][key.Value]
	return document, known
}

func (a *ahead) pendingOf(of subscription.ID) (documents []string, known bool) {
	if a == nil {
		return nil, false
	}
	documents, known = a.pending[of]
	return documents, known
}

// forget drops what a change of a resource makes outdated.
func (a *ahead) forget(changed resource.Resource) {
	delete(a.documents[changed.Kind().Type()], changed.Key())
	if action, ok := changed.(*subscription.Action); ok {
		delete(a.pending, action.Subscription)
	}
}

// readAhead reads what the actions of each tenant need: subscriptions with their accounts and types, their scheduled actions, and the settings.
func (b *batch) readAhead(ctx context.Context, due []dueAction) error {
	of := map[auth.Tenant][]string{}
	for _, one := range due {
		of[one.tenant] = append(of[one.tenant], string(one.action.Subscription))
	}
	for tenant, subscriptions := range of {
		into := b.of(tenant)
		for _, id := range subscriptions {
			into.pending[subscription.ID(id)] = nil
		}
		if err := b.readDocuments(ctx, tenant, subscriptions); err != nil {
			return err
		}
		settings, err := settingsText(ctx, rows.New(b.tx), tenant)
		if err != nil {
			return err
		}
		into.settings = &settings
	}
	return nil
}

// Queries for what actions need, of a tenant by many keys. Each asks for its keys as values: a subquery for them, or an order that
// another index has, leads SQLite to read all rows of the tenant in every batch.
const (
	subscriptionsAhead = `SELECT id, document, account, type FROM subscriptions WHERE tenant = $1 AND id %s`
	accountsAhead      = `SELECT id, document FROM accounts WHERE tenant = $1 AND id %s`
	typesAhead         = `SELECT id, document FROM subscription_types WHERE tenant = $1 AND id %s`
	pendingAhead       = `SELECT subscription, document FROM subscription_actions WHERE tenant = $1 AND subscription %s AND due IS NOT NULL
		ORDER BY subscription, id`
)

// readDocuments reads subscriptions, their accounts and types, and their scheduled actions.
func (b *batch) readDocuments(ctx context.Context, tenant auth.Tenant, subscriptions []string) error {
	into := b.of(tenant)
	owners, types := map[string]bool{}, map[string]bool{}
	kept := map[string]string{}
	into.documents[resource.KindSubscription.Type()] = kept
	if err := b.readMany(ctx, tenant, resource.KindSubscription.Type(), subscriptionsAhead, subscriptions, func(row database.Row) error {
		var id, document, owner, kind string
		err := row.Scan(&id, &document, &owner, &kind)
		kept[id], owners[owner], types[kind] = document, true, true
		return err
	}); err != nil {
		return err
	}
	if err := b.readMany(ctx, tenant, resource.KindAction.Type(), pendingAhead, subscriptions, func(row database.Row) error {
		var of, document string
		err := row.Scan(&of, &document)
		into.pending[subscription.ID(of)] = append(into.pending[subscription.ID(of)], document)
		return err
	}); err != nil {
		return err
	}
	for _, belonging := range []struct {
		what, query string
		ids         map[string]bool
	}{
		{resource.KindAccount.Type(), accountsAhead, owners},
		{resource.KindSubscriptionType.Type(), typesAhead, types},
	} {
		kept := map[string]string{}
		into.documents[belonging.what] = kept
		if err := b.readMany(ctx, tenant, belonging.what, belonging.query, slices.Sorted(maps.Keys(belonging.ids)), func(row database.Row) error {
			var id, document string
			err := row.Scan(&id, &document)
			kept[id] = document
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// readMany has each row read that a query finds by many keys.
func (b *batch) readMany(ctx context.Context, tenant auth.Tenant, what, query string, keys []string, read func(database.Row) error) error {
	many, err := database.Many(b.tx, keys)
	if err != nil {
		return err
	}
	_, err = database.Select(ctx, b.tx, what, func(row database.Row) (none struct{}, err error) { return none, read(row) },
		fmt.Sprintf(query, b.tx.In("$2")), string(tenant), many)
	return err
}
