package store

import (
	"context"
	"crypto/sha256"
	"fmt"

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
		row, stored, err := locateSession(ctx, tx, s.shared, key)
		if err != nil {
			return notFound(err, "Session", key)
		}
		found.Tenant, found.Stored = auth.Tenant(row.Tenant), stored
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

// sessionAtPlace is the key of what StillLocated finds.
type sessionAtPlace struct {
	tenant auth.Tenant
	before organisation.Stored
}

// StillLocated reports whether a session, its user and the highest privacy level that this sees are as LocateSession has found them, on PostgreSQL.
func (r *reader) StillLocated(ctx context.Context, before organisation.Stored) (bool, error) {
	found, err := database.Cached(r.tx, sessionAtPlace{r.tenant, before}, func() (int64, error) {
		return r.rows.CountSessionAtPlace(ctx, rows.CountSessionAtPlaceParams{Place: before.Place, Tenant: string(r.tenant), Digest: before.Digest[:]})
	})
	if err != nil {
		return false, fmt.Errorf("looking a session up again: %w", err)
	}
	return found == 1, nil
}

// tokenHash is the key of what LocateSession finds.
type tokenHash string

// locateSession finds a session, and with it the subscription that its caller has asked for, or else by what it is known again. SQLite has no places: there a
// session costs no round trip, and is better read beside the transactions, which have to take turns, than in them.
func locateSession(ctx context.Context, tx *database.Tx, known *shared, key resource.Key) (found rows.LocateSessionRow, stored organisation.Stored, err error) {
	queries, ahead := rows.New(tx), subscription.PrefetchedOf(ctx)
	if ahead == nil && tx.Engine == database.PostgreSQL {
		row, err := queries.LocateSessionWithPlace(ctx, key.Value)
		if len(row.Document)+len(row.UserDocument)+len(row.LevelDocument) <= longestShared { // longer ones are not worth the memory of presuming them
			stored = organisation.Stored{Place: row.Place, Digest: digestOf(row.Document, row.UserDocument, row.LevelDocument)}
		}
		return rows.LocateSessionRow{Tenant: row.Tenant, Document: row.Document, UserDocument: row.UserDocument, LevelDocument: row.LevelDocument}, stored, err
	}
	if ahead == nil {
		found, err = database.Cached(tx, tokenHash(key.Value), func() (rows.LocateSessionRow, error) { return queries.LocateSession(ctx, key.Value) })
		return found, stored, err
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
	return rows.LocateSessionRow{Tenant: row.Tenant, Document: row.Document, UserDocument: row.UserDocument, LevelDocument: row.LevelDocument}, stored, err
}

// digestOf returns what CountSessionAtPlace compares: a digest of the digests of some documents.
func digestOf(documents ...string) [sha256.Size]byte {
	var digests []byte
	for _, document := range documents {
		digest := sha256.Sum256([]byte(document))
		digests = append(digests, digest[:]...)
	}
	return sha256.Sum256(digests)
}

// located decodes a resource and the tenant that owns it.
func located(owner string, tenant *auth.Tenant, text string, into any, what string, key resource.Key, err error) error {
	if err != nil {
		return notFound(err, what, key)
	}
	*tenant = auth.Tenant(owner)
	return readDocument(text, what, into)
}
