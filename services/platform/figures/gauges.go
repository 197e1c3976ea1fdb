package figures

import "go.opentelemetry.io/otel/metric"

// Gauge is the name of a gauge as OpenTelemetry spells it.
type Gauge string

// The gauges.
const (
	Ready            Gauge = "continuo.ready"
	FeedLag          Gauge = "continuo.feed.lag"
	WebhookLag       Gauge = "continuo.webhook.lag"
	WebhookEndpoints Gauge = "continuo.webhook.endpoints"
	DeadLetters      Gauge = "continuo.webhook.dead_letters"
	Runs             Gauge = "continuo.runs"
	RunAge           Gauge = "continuo.run.age"
	RunJobs          Gauge = "continuo.run.jobs"
	RunJobAge        Gauge = "continuo.run.job.age"
)

var described = map[Gauge][]metric.Float64ObservableGaugeOption{
	Ready:            is("Whether the service and its store can serve."),
	FeedLag:          age("Age of the oldest open transaction, whose changes and later ones readers of the feed do not see yet."),
	WebhookLag:       age("Age of the oldest change that an enabled endpoint has still to get."),
	WebhookEndpoints: is("Webhook endpoints by state."),
	DeadLetters:      is("Deliveries that were given up, up to 10,000."),
	Runs:             is("Cycle runs that are open or ended within a day, by state, up to 10,000."),
	RunAge:           age("Age of the oldest open cycle run, by state."),
	RunJobs:          is("Jobs of cycle runs that are running or ended within a day, by state, up to 10,000."),
	RunJobAge:        age("Age of the oldest running job of a cycle run."),
}

func is(description string) []metric.Float64ObservableGaugeOption {
	return []metric.Float64ObservableGaugeOption{metric.WithDescription(description)}
}

func age(description string) []metric.Float64ObservableGaugeOption {
	return append(is(description), metric.WithUnit("s"))
}
