package store

import (
	"context"
	"fmt"

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
		ids, err := database.Many(b.tx, subscriptions)
		if err != nil {
			return err
		}
		for _, id := range subscriptions {
			into.pending[subscription.ID(id)] = nil
		}
		if err := b.readDocuments(ctx, tenant, ids); err != nil {
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

// aheadQueries are the queries for what belongs to subscriptions, by the types of what they read. Each row is an id and a document.
var aheadQueries = map[string]string{
	resource.KindSubscription.Type(): `SELECT id, document FROM subscriptions WHERE tenant = $1 AND id %s`,
	resource.KindAccount.Type(): `SELECT id, document FROM accounts WHERE tenant = $1 AND id IN (
		SELECT account FROM subscriptions WHERE tenant = $1 AND id %s)`,
	resource.KindSubscriptionType.Type(): `SELECT id, document FROM subscription_types WHERE tenant = $1 AND id IN (
		SELECT type FROM subscriptions WHERE tenant = $1 AND id %s)`,
	resource.KindAction.Type(): `SELECT subscription, document FROM subscription_actions WHERE tenant = $1 AND subscription %s
		AND due IS NOT NULL ORDER BY id`,
}

func (b *batch) readDocuments(ctx context.Context, tenant auth.Tenant, subscriptions any) error {
	into := b.of(tenant)
	for what, query := range aheadQueries {
		keep := func(id, document string) { into.documents[what][id] = document }
		if what == resource.KindAction.Type() {
			keep = func(of, document string) {
				into.pending[subscription.ID(of)] = append(into.pending[subscription.ID(of)], document)
			}
		}
		into.documents[what] = map[string]string{}
		if _, err := database.Select(ctx, b.tx, what, func(row database.Row) (none struct{}, err error) {
			var id, document string
			if err := row.Scan(&id, &document); err != nil {
				return none, err
			}
			keep(id, document)
			return none, nil
		}, fmt.Sprintf(query, b.tx.In("$2")), string(tenant), subscriptions); err != nil {
			return err
		}
	}
	return nil
}
