package api

import (
	"cmp"
	"context"
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// AddSubscriptionServices adds services to a subscription.
func (s *actionServer) AddSubscriptionServices(ctx context.Context, request *pb.AddSubscriptionServicesRequest) (*pb.SubscriptionAction, error) {
	var r reading
	order := subscription.Order{Operation: lifecycle.AddService}
	if request.GetAsDraft() {
		order.Operation = lifecycle.AddServiceAsDraft
	}
	order.Services = r.additions(request)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return s.act(ctx, request, order, nil)
}

// adding is a request that adds services.
type adding interface {
	GetProducts() []string
	GetComponents() []*pb.ChosenComponents
}

// additions reads the services that a request adds.
func (r *reading) additions(request adding) (orders []subscription.ServiceOrder) {
	for i, product := range request.GetProducts() {
		field := fmt.Sprintf("products[%d]", i)
		asked := subscription.ServiceOrder{Field: field, Product: byID(field, reference[catalogue.ProductID](r, productName, field, product))}
		var chosen []string
		if i < len(request.GetComponents()) {
			chosen = request.GetComponents()[i].GetProducts()
		}
		r.choose(&asked, fmt.Sprintf("components[%d].products", i), chosen)
		orders = append(orders, asked)
	}
	if surplus := len(request.GetProducts()); surplus < len(request.GetComponents()) {
		r.Add(fmt.Sprintf("components[%d]", surplus), reason.Inconsistent, "there is no product for it; give one entry for each product at most")
	}
	return orders
}

// swaps reads what services are swapped for.
func (r *reading) swaps(messages []*pb.ServiceSwap) (orders []subscription.ServiceOrder) {
	for i, swap := range messages {
		path := fmt.Sprintf("swaps[%d]", i)
		asked := presentService(path+".service_id", swap.GetServiceId())
		field := path + ".product"
		asked.Product = byID(field, reference[catalogue.ProductID](r, productName, field, swap.GetProduct()))
		r.choose(&asked, path+".components", swap.GetComponents())
		orders = append(orders, asked)
	}
	return orders
}

// RemoveSubscriptionServices ends services of a subscription.
func (s *actionServer) RemoveSubscriptionServices(ctx context.Context, request *pb.RemoveSubscriptionServicesRequest) (*pb.SubscriptionAction, error) {
	order := subscription.Order{Operation: cmp.Or(word[lifecycle.Operation](classificationPrefix, request.GetClassification()), lifecycle.CancelService)}
	for i, service := range request.GetServiceIds() {
		order.Services = append(order.Services, presentService(fmt.Sprintf("service_ids[%d]", i), service))
	}
	return s.act(ctx, request, order, nil)
}

// StartSubscriptionServices starts services of a subscription that are drafts.
func (s *actionServer) StartSubscriptionServices(ctx context.Context, request *pb.StartSubscriptionServicesRequest) (*pb.SubscriptionAction, error) {
	order := subscription.Order{Operation: lifecycle.StartService}
	for i, service := range request.GetServiceIds() {
		order.Services = append(order.Services, presentService(fmt.Sprintf("service_ids[%d]", i), service))
	}
	return s.act(ctx, request, order, nil)
}

// SwapSubscriptionServices swaps services of a subscription for others.
func (s *actionServer) SwapSubscriptionServices(ctx context.Context, request *pb.SwapSubscriptionServicesRequest) (*pb.SubscriptionAction, error) {
	var r reading
	order := subscription.Order{Operation: cmp.Or(word[lifecycle.Operation](classificationPrefix, request.GetClassification()), lifecycle.SwitchService)}
	order.Services = r.swaps(request.GetSwaps())
	if err := r.Err(); err != nil {
		return nil, err
	}
	return s.act(ctx, request, order, nil)
}

// choose reads the components of a new service, which were given in a field.
func (r *reading) choose(asked *subscription.ServiceOrder, field string, names []string) {
	asked.ComponentsField = field
	for i, component := range r.components(field, names) {
		entry := fmt.Sprintf("%s[%d]", field, i)
		asked.Components = append(asked.Components, *byID(entry, component))
	}
}

// components reads the names of components.
func (r *reading) components(field string, names []string) (components []catalogue.ProductID) {
	for i, name := range names {
		components = append(components, reference[catalogue.ProductID](r, productName, fmt.Sprintf("%s[%d]", field, i), name))
	}
	return components
}

func componentNames(components []catalogue.ProductID) (names []string) {
	for _, component := range components {
		names = append(names, productName.Format(component))
	}
	return names
}

// presentService identifies a service of a subscription by its id, which was given in a field.
func presentService(field, id string) subscription.ServiceOrder {
	return subscription.ServiceOrder{Field: field, Present: subscription.PartUpdate{Field: field, ID: id}}
}

func serviceChangesMessage(changes []subscription.ServiceChange) (messages []*pb.ServiceChange) {
	for _, change := range changes {
		messages = append(messages, &pb.ServiceChange{
			Id: change.ID, Product: productName.Format(change.Product), NewId: change.NewID, Components: componentNames(change.Components),
		})
	}
	return messages
}

func (r *reading) serviceChanges(messages []*pb.ServiceChange) (changes []subscription.ServiceChange) {
	for i, message := range messages {
		changes = append(changes, subscription.ServiceChange{
			ID: message.GetId(), NewID: message.GetNewId(),
			Product:    reference[catalogue.ProductID](r, productName.Optional(), fmt.Sprintf("services[%d].product", i), message.GetProduct()),
			Components: r.components(fmt.Sprintf("services[%d].components", i), message.GetComponents()),
		})
	}
	return changes
}
