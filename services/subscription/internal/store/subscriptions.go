package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// subscriptionColumns maps the fields of the subscription list to columns.
var subscriptionColumns = map[string]string{
	"name": "id", "number": "number", "state": "state", "rating_state": "rating", "first_activated_date": "first_activated",
	visibility.FieldAccount: "account", "subscription_type": "type", visibility.FieldGroup: "owner_group",
	visibility.FieldPrivacyLevel: "privacy_level",
	"create_time":                "created", "update_time": "updated",
	visibility.FieldGroupOrNone: "COALESCE(owner_group, '')", visibility.FieldLevels: "levels",
	visibility.FieldGroupName:     `SELECT name FROM subscription_groups AS g WHERE g.tenant = subscriptions.tenant AND g.id = subscriptions.owner_group`,
	visibility.FieldPrivacyNumber: `SELECT ` + rankOfLevel + ` FROM privacy_levels AS l WHERE l.tenant = subscriptions.tenant AND l.id = subscriptions.privacy_level`,
	visibility.FieldAccountRank: `COALESCE((SELECT ` + rankOfAccount + ` FROM accounts
		WHERE accounts.tenant = subscriptions.tenant AND accounts.id = subscriptions.account), -1)`,
}

// rankOfLevel is the number of a privacy level l as PrivacyLevel.Rank returns it.
const rankOfLevel = `CASE WHEN ltrim(l.number, '0123456789') = '' AND length(l.number) BETWEEN 1 AND 18 THEN CAST(l.number AS BIGINT) END`

// subscriptionRow converts a subscription to a row of its table.
func subscriptionRow(tenant auth.Tenant, subscription *subscription.Subscription) (rows.CreateSubscriptionParams, error) {
	text, err := document(subscription)
	row := indexedOf(tenant, subscription)
	row.Version, row.Document, row.Updated = subscription.Version, text, subscription.Updated.UnixMicro()
	return row, err
}

// indexedOf returns the columns of a subscription that an index has, those that an update of its document leaves as they are.
func indexedOf(tenant auth.Tenant, subscription *subscription.Subscription) rows.CreateSubscriptionParams {
	return rows.CreateSubscriptionParams{
		Tenant:         string(tenant),
		ID:             string(subscription.ID),
		Number:         plain(subscription.Number),
		State:          string(subscription.State),
		Rating:         string(subscription.Rating),
		FirstActivated: optional(day(subscription.FirstActivated)),
		Account:        string(subscription.Account),
		Type:           string(subscription.Type),
		OwnerGroup:     optional(string(subscription.Group)),
		PrivacyLevel:   optional(string(subscription.PrivacyLevel)),
		Created:        subscription.Created.UnixMicro(),
	}
}

// storedSubscription is what is stored of a subscription.
type storedSubscription struct {
	parts   []part
	indexed rows.CreateSubscriptionParams
	// owned is what Owned has found, empty if nothing: an update shares its successor instead.
	owned rows.GetOwnedRow
}

func (r *reader) Subscription(ctx context.Context, key resource.Key) (subscription.Subscription, error) {
	read, err := one[subscription.Subscription](ctx, r, "Subscription", key, finders{resource.KeyID: r.rows.GetSubscription, resource.KeyNumber: r.rows.GetSubscriptionByNumber})
	if err == nil {
		r.find(&read, r.stored[read.ID].owned)
	}
	return read, err
}

// find notes what is stored of a subscription, and what Owned has found.
func (r *reader) find(read *subscription.Subscription, owned rows.GetOwnedRow) {
	r.stored[read.ID] = storedSubscription{partsOf(read), indexedOf(r.tenant, read), owned}
}

// ownedKey is the key of what Owned finds by a number, as the store has it.
type ownedKey struct{ tenant, number string }

// Owned returns the subscription with a key, its account and type, and the settings.
func (r *reader) Owned(ctx context.Context, key resource.Key) (found subscription.Owned, err error) {
	var row rows.GetOwnedRow
	switch key.Name {
	case resource.KeyID:
		row, err = r.rows.GetOwned(ctx, string(r.tenant), plain(key.Value))
	case resource.KeyNumber:
		sought := ownedKey{string(r.tenant), plain(key.Value)}
		row, err = database.CachedRow(r.tx, sought, func() (rows.GetOwnedRow, error) {
			numbered, err := r.rows.GetOwnedByNumber(ctx, sought.tenant, sought.number)
			return rows.GetOwnedRow(numbered), err
		})
	default:
		err = fmt.Errorf("a Subscription cannot be found by %s", key.Name)
	}
	if err != nil {
		return found, notFound(err, "Subscription", key)
	}
	if found.Subscription, err = readShared[subscription.Subscription](r.shared, row.Document, sharedSubscription); err != nil {
		return found, err
	}
	r.find(&found.Subscription, row)
	if found.Account, err = readShared[account.Account](r.shared, row.AccountDocument, "Account"); err != nil {
		return found, err
	}
	if found.Type, err = readShared[catalogue.SubscriptionType](r.shared, row.TypeDocument, "SubscriptionType"); err != nil {
		return found, err
	}
	found.Settings, err = readSettings(r.shared, row.SettingsDocument)
	return found, err
}

// sharedSubscription says what the shared documents of subscriptions are decoded as.
const sharedSubscription = "Subscription"

// replaceSubscription replaces the row of a subscription, and shares it with those who will read it, in place of what the transaction has read.
func (w *writer) replaceSubscription(ctx context.Context, given *subscription.Subscription) error {
	row, err := subscriptionRow(w.tenant, given)
	if err != nil {
		return err
	}
	before, read := w.stored[given.ID]
	after := before
	after.indexed = row
	after.indexed.Version, after.indexed.Document, after.indexed.Updated = 0, "", 0
	if before.owned.Document != "" {
		w.shared.succeed(sharedKey{sharedSubscription, before.owned.Document}, sharedKey{sharedSubscription, row.Document}, given.Clone()) // callers may go on to write into theirs
		after.owned.Document = row.Document
	}
	if read {
		w.stored[given.ID] = after
	}
	if w.tx.Engine == database.SQLite && after.indexed == before.indexed {
		if err := w.replaceDocument(ctx, given, row, before.owned, after.owned); !errors.Is(err, errOthersDiffer) {
			return err
		}
	}
	replace := func() error {
		_, err := w.later(given).UpdateSubscription(ctx, rows.UpdateSubscriptionParams(row))
		return err
	}
	if before.owned.Document == "" || before.indexed.Number != row.Number || before.indexed.Account != row.Account || before.indexed.Type != row.Type {
		return replace()
	}
	return database.ChangeRow(w.tx, ownedKey{row.Tenant, row.Number}, before.owned, after.owned, replace)
}

// errOthersDiffer says that the version differs, or that the levels are the default.
var errOthersDiffer = errors.New("more than the document differs")

// replaceDocument replaces a subscription of which no column with an index differs. It returns errOthersDiffer if the version does or the levels have to be
// looked up. before is what Owned has found, empty if nothing, and after what it finds then.
func (w *writer) replaceDocument(ctx context.Context, given *subscription.Subscription, row rows.CreateSubscriptionParams, before, after rows.GetOwnedRow) error {
	return database.ChangeRow(w.tx, ownedKey{row.Tenant, row.Number}, before, after, func() error {
		replaced, err := w.rows.UpdateSubscriptionDocument(ctx, rows.UpdateSubscriptionDocumentParams{
			Tenant: row.Tenant, ID: row.ID, Version: row.Version, Document: row.Document, Updated: row.Updated,
		})
		if err == nil && replaced == 0 {
			return errOthersDiffer
		}
		return changed(given, 1, err)
	})
}

func (r *reader) Subscriptions(ctx context.Context, query listing.Query) ([]subscription.Subscription, error) {
	found, err := r.list(query, subscriptionColumns).ListSubscriptions(ctx, string(r.tenant))
	return many[subscription.Subscription]("Subscription", found, err)
}

// WithService returns the ids of subscriptions that have a service with an id, as many as there are but at most so many.
func (r *reader) WithService(ctx context.Context, id string, most int32) ([]subscription.ID, error) {
	found, err := r.rows.ListSomeSubscriptionsWithPart(ctx, rows.ListSomeSubscriptionsWithPartParams{
		Tenant: string(r.tenant), Kind: string(ofServices), ID: plain(id), Limit: most,
	})
	if err != nil {
		return nil, fmt.Errorf("listing the subscriptions with service %s: %w", id, err)
	}
	return idsOf(found), nil
}

// WithItem returns the ids of the subscriptions that have an installed item or had it.
func (r *reader) WithItem(ctx context.Context, item catalogue.ItemID) ([]subscription.ID, error) {
	found, err := r.rows.ListSubscriptionsWithPart(ctx, rows.ListSubscriptionsWithPartParams{
		Tenant: string(r.tenant), Kind: string(resource.KindInstalledItem), ID: plain(string(item)),
	})
	if err != nil {
		return nil, fmt.Errorf("listing the subscriptions with installed item %s: %w", item, err)
	}
	return idsOf(found), nil
}

func idsOf(found []string) []subscription.ID {
	ids := make([]subscription.ID, len(found))
	for i, id := range found {
		ids[i] = subscription.ID(id)
	}
	return ids
}
