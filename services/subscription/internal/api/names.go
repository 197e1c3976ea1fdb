package api

import (
	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/resourcename/protoname"
)

// Resource name patterns.
var (
	subscriptionName          = protoname.Of(&pb.Subscription{})
	accountName               = protoname.Of(&pb.Account{})
	accountClassificationName = protoname.Of(&pb.AccountClassification{})
	actionTypeName            = protoname.Of(&pb.ActionType{})
	contactName               = protoname.Of(&pb.Contact{})
	billingTermSchemeName     = protoname.Of(&pb.BillingTermScheme{})
	subscriptionTypeName      = protoname.Of(&pb.SubscriptionType{})
	groupName                 = protoname.Of(&pb.Group{})
	privacyLevelName          = protoname.Of(&pb.PrivacyLevel{})
	productName               = protoname.Of(&pb.Product{})
	installedItemName         = protoname.Of(&pb.InstalledItem{})
	organisationName          = protoname.Of(&pb.Organisation{})
	userName                  = protoname.Of(&pb.User{})
	sessionName               = protoname.Of(&pb.Session{})
	apiKeyName                = protoname.Of(&pb.ApiKey{})
	actionName                = protoname.Of(&pb.SubscriptionAction{})
)
