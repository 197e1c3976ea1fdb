package crmcom

import (
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// fullOf returns the messages of subscriptions, limited to the selected fields.
func fullOf(all subscription.Expanded, selected selection) []*crmcomv2.FullSubscription {
	messages := make([]*crmcomv2.FullSubscription, len(all.Subscriptions))
	for i, of := range all.Subscriptions {
		messages[i] = full(all, of)
		if selected.limit(messages[i]) {
			messages[i].Fields = selected
		}
	}
	return messages
}

func full(all subscription.Expanded, of subscription.Subscription) *crmcomv2.FullSubscription {
	message := &crmcomv2.FullSubscription{
		Id:                 text(of.ID),
		Number:             text(of.Number),
		LifeCycleState:     text(of.State),
		FirstActivatedDate: day(of.FirstActivated),
		RatingState:        text(of.Rating),
		AccountsReceivable: accountOf(all.Accounts[of.Account]),
		Type:               typeOf(all.Types[of.Type]),
		Notes:              of.Notes,
		OwnedByGroup:       groupOf(all, of.Group),
		PrivacyLevel:       levelOf(all, of.PrivacyLevel),
		LogInformation: &crmcomv2.LogInformation{
			CreatedDate: text(userfield.DateTimeOf(of.Created).String()), UpdatedDate: text(userfield.DateTimeOf(of.Updated).String()),
		},
	}
	if inForce := of.Terms.Present(); inForce != nil {
		message.BillingTerms = termsOf(*inForce, all.Schemes[inForce.Scheme], all.Today)
	}
	setUserFields(message.ProtoReflect(), of.Fields)
	for _, service := range of.Services {
		part := &crmcomv2.SubscriptionService{
			Id: text(service.ID), LifeCycleState: text(service.State), FirstActivatedDate: day(service.FirstActivated),
			Product: serviceProductOf(all.Products[service.Product]),
		}
		for _, component := range service.Components {
			part.ComponentsSet = append(part.ComponentsSet, &crmcomv2.ServiceComponent{Product: serviceProductOf(all.Products[component])})
		}
		setUserFields(part.ProtoReflect(), service.Fields)
		message.ServicesSet = append(message.ServicesSet, part)
	}
	for _, installation := range of.Items {
		item := all.Items[installation.Item]
		part := &crmcomv2.SubscriptionInstalledItem{Id: text(installation.ID), InstalledItem: &crmcomv2.Device{
			Id: text(item.ID), SerialNumber: text(item.SerialNumber), AlternativeCode: text(item.AlternativeCode), Name: text(item.Name),
		}}
		setUserFields(part.ProtoReflect(), installation.Fields)
		message.InstalledItemsSet = append(message.InstalledItemsSet, part)
	}
	return message
}

func groupOf(all subscription.Expanded, id catalogue.GroupID) *crmcomv2.OwningGroup {
	if id == "" {
		return nil
	}
	group := all.Groups[id]
	return &crmcomv2.OwningGroup{Id: text(group.ID), Name: text(group.Name), AlternativeCode: text(group.AlternativeCode)}
}

func levelOf(all subscription.Expanded, id catalogue.PrivacyLevelID) *crmcomv2.OwnPrivacyLevel {
	if id == "" {
		return nil
	}
	level := all.PrivacyLevels[id]
	return &crmcomv2.OwnPrivacyLevel{Id: text(level.ID), Number: text(level.Number), Name: text(level.Name)}
}
