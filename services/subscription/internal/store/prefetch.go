package store

import (
	"database/sql"

	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// readPrefetched decodes the subscription that was read with a session.
func readPrefetched(known *shared, row rows.LocateSessionWithSubscriptionRow, key resource.Key) (all subscription.Expanded, settings subscription.Settings, err error) {
	if row.ShownDocument == "" {
		return all, settings, notFound(sql.ErrNoRows, "Subscription", key)
	}
	shown, err := readShared[subscription.Subscription](known, row.ShownDocument, sharedSubscription)
	if err != nil {
		return all, settings, err
	}
	all.Subscriptions = []subscription.Subscription{shown}
	for _, read := range []func() error{
		func() error { return readOne(known, "Account", row.AccountDocument, shown.Account, &all.Accounts) },
		func() error { return readOne(known, "SubscriptionType", row.TypeDocument, shown.Type, &all.Types) },
		func() error { return readOne(known, "Group", row.GroupDocument, shown.Group, &all.Groups) },
		func() error { return readLevels(known, row.LevelDocuments, &all) },
		func() error { return readParts(known, row.PartDocuments, &all) },
	} {
		if err := read(); err != nil {
			return all, settings, err
		}
	}
	settings, err = readSettings(known, row.SettingsDocument)
	return all, settings, err
}

// readOne adds the resource with an id that a subscription refers to, unless it refers to none.
func readOne[ID comparable, T any](known *shared, what, text string, id ID, to *map[ID]T) error {
	if text == "" {
		return nil
	}
	read, err := readShared[T](known, text, what)
	*to = map[ID]T{id: read}
	return err
}

func readLevels(known *shared, text string, to *subscription.Expanded) error {
	if text == "" {
		return nil
	}
	levels, err := readShared[[]catalogue.PrivacyLevel](known, text, "list of PrivacyLevel")
	to.PrivacyLevels = make(map[catalogue.PrivacyLevelID]catalogue.PrivacyLevel, len(levels))
	for _, level := range levels {
		to.PrivacyLevels[level.ID] = level
	}
	return err
}

// partDocument is a part of a subscription, under its kind.
type partDocument struct {
	Product *catalogue.Product           `json:"products"`
	Item    *catalogue.InstalledItem     `json:"installedItems"`
	Scheme  *catalogue.BillingTermScheme `json:"billingTermSchemes"`
}

func readParts(known *shared, text string, to *subscription.Expanded) error {
	if text == "" {
		return nil
	}
	parts, err := readShared[[]partDocument](known, text, "list of parts")
	to.Products, to.Items = map[catalogue.ProductID]catalogue.Product{}, map[catalogue.ItemID]catalogue.InstalledItem{}
	to.Schemes = map[terms.SchemeID]catalogue.BillingTermScheme{}
	for _, part := range parts {
		switch {
		case part.Product != nil:
			to.Products[part.Product.ID] = *part.Product
		case part.Item != nil:
			to.Items[part.Item.ID] = *part.Item
		case part.Scheme != nil:
			to.Schemes[part.Scheme.ID] = *part.Scheme
		}
	}
	return err
}
