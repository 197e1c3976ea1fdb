package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// organisations implements organisation.Store.
type organisations struct {
	*transactions[organisation.Reader, organisation.Writer]
	shared *shared
}

func (s *organisations) LocateUser(ctx context.Context, key resource.Key) (tenant auth.Tenant, user organisation.User, err error) {
	err = s.DB.ReadOne(ctx, func(ctx context.Context, tx *database.Tx) error {
		queries := rows.New(tx)
		if key.Name == resource.KeyAPIKey {
			row, err := queries.LocateUserByAPIKey(ctx, key.Value)
			return located(row.Tenant, &tenant, row.Document, &user, "User", key, err)
		}
		row, err := queries.LocateUserByLogin(ctx, plain(key.Value))
		return located(row.Tenant, &tenant, row.Document, &user, "User", key, err)
	})
	return tenant, user, err
}

func (s *organisations) LocateSession(ctx context.Context, key resource.Key) (found organisation.Located, err error) {
	err = s.DB.ReadOne(ctx, func(ctx context.Context, tx *database.Tx) error {
		row, err := locateSession(ctx, tx, s.shared, key)
		if err != nil {
			return notFound(err, "Session", key)
		}
		found.Tenant = auth.Tenant(row.Tenant)
		if found.Session, err = readShared[organisation.Session](s.shared, row.Document, "Session"); err != nil {
			return err
		}
		if found.User, err = readShared[organisation.User](s.shared, row.UserDocument, "User"); err != nil || row.LevelDocument == "" {
			return err
		}
		found.MaxPrivacyLevel, err = readShared[catalogue.PrivacyLevel](s.shared, row.LevelDocument, "PrivacyLevel")
		return err
	})
	return found, err
}

// tokenHash is the key of what LocateSession finds.
type tokenHash string

// locateSession finds a session, and with it the subscription that its caller has asked for, if any.
func locateSession(ctx context.Context, tx *database.Tx, known *shared, key resource.Key) (rows.LocateSessionRow, error) {
	queries, ahead := rows.New(tx), subscription.PrefetchedOf(ctx)
	if ahead == nil {
		return database.Cached(tx, tokenHash(key.Value), func() (rows.LocateSessionRow, error) { return queries.LocateSession(ctx, key.Value) })
	}
	asked := rows.LocateSessionWithSubscriptionParams{TokenHash: key.Value}
	if ahead.Key.Name == resource.KeyNumber {
		asked.Number = optional(ahead.Key.Value)
	} else {
		asked.ID = plain(ahead.Key.Value)
	}
	row, err := database.Cached(tx, asked, func() (rows.LocateSessionWithSubscriptionRow, error) {
		return queries.LocateSessionWithSubscription(ctx, asked)
	})
	if err == nil {
		ahead.Tenant = auth.Tenant(row.Tenant)
		ahead.All, ahead.Settings, ahead.Err = readPrefetched(known, row, ahead.Key)
	}
	return rows.LocateSessionRow{Tenant: row.Tenant, Document: row.Document, UserDocument: row.UserDocument, LevelDocument: row.LevelDocument}, err
}

// located decodes a resource and the tenant that owns it.
func located(owner string, tenant *auth.Tenant, text string, into any, what string, key resource.Key, err error) error {
	if err != nil {
		return notFound(err, what, key)
	}
	*tenant = auth.Tenant(owner)
	return readDocument(text, what, into)
}
