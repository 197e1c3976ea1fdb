package api

import (
	"fmt"

	"github.com/govalues/decimal"
	googledecimal "google.golang.org/genproto/googleapis/type/decimal"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// chargePrefix is the prefix of the kinds of charges.
const chargePrefix = "KIND_"

func costMessage(cost *subscription.Cost) *pb.ActionCost {
	if cost == nil {
		return nil
	}
	message := &pb.ActionCost{CurrencyCode: cost.Currency, Total: gtype.Decimal(cost.Total)}
	for _, charge := range cost.Charges {
		message.Charges = append(message.Charges, &pb.ActionCharge{
			ServiceId: charge.Service, Product: productName.Format(charge.Product),
			Kind:      enum[pb.ActionCharge_Kind](chargePrefix, pb.ActionCharge_Kind_value, charge.Kind),
			StartDate: gtype.Date(charge.From), EndDate: gtype.Date(charge.Until), Amount: gtype.Decimal(charge.Amount),
		})
	}
	for _, product := range cost.Unpriced {
		message.UnpricedProducts = append(message.UnpricedProducts, productName.Format(product))
	}
	return message
}

// cost reads what an action has cost, which only an import sets, or nil.
func (r *reading) cost(path string, message *pb.ActionCost) *subscription.Cost {
	if message == nil {
		return nil
	}
	cost := &subscription.Cost{Currency: message.GetCurrencyCode(), Total: r.amount(path+"total", message.GetTotal())}
	for i, charge := range message.GetCharges() {
		path := fmt.Sprintf("%scharges[%d].", path, i)
		cost.Charges = append(cost.Charges, subscription.Charge{
			Service: charge.GetServiceId(), Product: reference[catalogue.ProductID](r, productName, path+"product", charge.GetProduct()),
			Kind: word[subscription.ChargeKind](chargePrefix, charge.GetKind()),
			From: r.date(path+"start_date", charge.GetStartDate()), Until: r.date(path+"end_date", charge.GetEndDate()),
			Amount: r.amount(path+"amount", charge.GetAmount()),
		})
	}
	for i, product := range message.GetUnpricedProducts() {
		cost.Unpriced = append(cost.Unpriced, reference[catalogue.ProductID](r, productName, fmt.Sprintf("%sunpriced_products[%d]", path, i), product))
	}
	return cost
}

// amount reads a decimal; one that is missing is zero.
func (r *reading) amount(field string, message *googledecimal.Decimal) decimal.Decimal {
	if read := r.decimal(field, message); read != nil {
		return *read
	}
	return decimal.Decimal{}
}

func (r *reading) offer(message *pb.Product, into *catalogue.Product) {
	into.Prices, into.Components, into.Flexible = nil, nil, message.GetFlexible()
	for i, price := range message.GetPrices() {
		into.Prices = append(into.Prices, catalogue.Price{
			Frequency: word[terms.Frequency](frequencyPrefix, price.GetFrequency()), Currency: price.GetCurrencyCode(),
			Amount: r.amount(fmt.Sprintf("product.prices[%d].amount", i), price.GetAmount()),
		})
	}
	for i, component := range message.GetComponents() {
		into.Components = append(into.Components, catalogue.Component{
			Product:  reference[catalogue.ProductID](r, productName, fmt.Sprintf("product.components[%d].product", i), component.GetProduct()),
			Quantity: int(component.GetQuantity()),
		})
	}
}

func setOffer(message *pb.Product, product catalogue.Product) {
	message.Flexible = product.Flexible
	for _, price := range product.Prices {
		message.Prices = append(message.Prices, &pb.ProductPrice{
			Frequency:    enum[pb.BillingFrequency](frequencyPrefix, pb.BillingFrequency_value, price.Frequency),
			CurrencyCode: price.Currency, Amount: gtype.Decimal(price.Amount),
		})
	}
	for _, component := range product.Components {
		message.Components = append(message.Components, &pb.ProductComponent{Product: productName.Format(component.Product), Quantity: int32(component.Quantity)})
	}
}
