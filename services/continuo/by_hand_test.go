package continuo_test

import "encoding/json"

// What a handler written by hand would read and write for Dynamics' PUT. Fields without a tag have
// the vendor's names.
type (
	upgradeDowngrade struct {
		Recurrence *struct {
			RecurrenceID *string      `json:"recurrence_id"`
			PackageID    *string      `json:"package_id"`
			Name         *string      `json:"name"`
			Price        *json.Number `json:"price"`
			Services     []struct {
				ServiceID        *string `json:"service_id"`
				TransactionLimit *int32  `json:"transaction_limit"`
				Value            *string `json:"value"`
				ServiceIDExt     *string `json:"serviceid_ext"`
			} `json:"services"`
		} `json:"recurrence"`
	}
	updated struct {
		Success       *bool         `json:"success"`
		Message       *string       `json:"message"`
		MessageDetail []string      `json:"messageDetail"`
		FailureCode   *string       `json:"failureCode"`
		Data          *customerData `json:"data"`
	}
	customerData struct {
		CustomerId, GrantorTaxId, CustomerTaxId, BusinessName, Name, Surname1, Surname2 *string
		CustomerTypeId, CitizenshipId                                                   *int32
		ContactInfo                                                                     *contactData
		CustomerContactInfoes                                                           []contactData
		Street, ExternalNumber, InternalNumber, District, ZipCode, Municipality, State  *string
		Country, CustomerCode, NumRegIdTrib, ResidenceTax                               *string
		DeliveryPortal, Settings, Defaults                                              *struct{}
	}
	contactData struct {
		CustomerContactInfoesId, Email, Phone, CellPhone, PrefixPhone, PrefixCellphone, ContactName *string
		PhoneActive, EmailActive, CellphoneActive, REPNotification, NewDocumentNotification         *bool
	}
	lineData struct {
		CustomerRecurringId, CustomerId, CustomerBillId, CustomerSiteId, CustomerSystemId *int32
		ItemCode, BillCycle                                                               *string
		MonthlyAmount                                                                     *json.Number
		CycleStartDate, CycleEndDate, LastCycleDate, NextCycleDate                        *string
		PendingAmt                                                                        *json.Number
		JobCode                                                                           *string
		IsCancelled                                                                       *bool
		CancelledRMRTrackingId                                                            *int32
		LastRateIncrease, MasterItemCode, MasterAccountCode                               *string
		CycleAmount                                                                       *json.Number
		BillOnDay                                                                         *int32
		UserDescription, InvoiceItemMemo, BranchCode                                      *string
		RMRReasonCode, RMRTrackingComments, UserCode                                      *string
	}
)
