package api

import (
	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

// catalogueServer serves continuo.subscription.v1.CatalogueService.
type catalogueServer struct {
	pb.UnimplementedCatalogueServiceServer
	service *catalogue.Service
	sealer  aip.Sealer
}
