package metrics

// kind is what a series is.
type kind string

// The kinds, in the words of the text format.
const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
)

// series is what is said of all series of a name.
type series struct {
	name    string
	kind    kind
	help    string
	labels  []string
	buckets []float64 // upper bounds, of a histogram
}

// id names a line of the catalog.
type id int

// The series, in the order in which they are documented.
const (
	buildInfo id = iota
	ready
	reloadOK
	reloadTime

	sources
	sourcesStale
	sourcesSilent
	sourcesDropped
	sourceUp
	sourceAttempt
	sourceSuccess
	sourceFailing
	sourceNext
	sourceInterval
	sourceFailures
	sourceNewest

	fetches
	fetchesShared
	fetchSeconds
	fetchBytes
	savedBytes
	documentBytes
	lagSeconds
	overdueSeconds
	workersBusy
	workers
	pollsWaiting
	warnings
	stored
	updated
	duplicate
	removed
	articles

	dbUp
	dbSize
	dbFree
	txSeconds
	dbErrors
	backupTime

	outputEntries
	outputChanged
	outputBuilds
	buildSeconds
	filtered
	outputRequests
	outputNotModified
	outputBytes
	outputSubscribers

	requests
	requestSeconds
	notModified
	responseBytes
	connections
	connectionsMax
	turnedAway

	deliveries
	pings

	seriesCount
)

// Buckets of the histograms, in seconds.
var (
	networkTimes = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}
	waitTimes    = []float64{1, 5, 15, 60, 300, 900, 3600, 4 * 3600}
	diskTimes    = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5}
	buildTimes   = []float64{0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30}
	answerTimes  = []float64{0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30}
)

// catalog is all that is told, beside what the Go runtime and the system say of the process.
var catalog = [seriesCount]series{
	buildInfo:  {"sluice_build_info", gauge, "1, labelled by what runs.", labels("version", "commit", "goversion"), nil},
	ready:      {"sluice_ready", gauge, "1 while /readyz answers 200.", nil, nil},
	reloadOK:   {"sluice_config_last_reload_successful", gauge, "1 if the configuration was taken when it was last read, by a start or a reload; 0: it was refused, and the one before is in use.", nil, nil},
	reloadTime: {"sluice_config_last_reload_success_timestamp_seconds", gauge, "When the configuration in use was taken.", nil, nil},

	sources:        {"sluice_sources", gauge, "Configured sources by state: new (never polled), ok, failing, gone (the publisher ended it), disabled.", labels("state"), nil},
	sourcesStale:   {"sluice_sources_stale", gauge, "Sources that are failing and had no success for 24 hours and four intervals.", nil, nil},
	sourcesSilent:  {"sluice_sources_silent", gauge, "Sources that answer and have brought nothing for far longer than they used to.", nil, nil},
	sourcesDropped: {"sluice_source_series_dropped", gauge, "1 where series by source are left out, because there are more than 1000 sources.", nil, nil},
	sourceUp:       {"sluice_source_up", gauge, "1 if the last poll succeeded, 0 if it failed. None for a source that is not polled: new, disabled, gone.", labels("source"), nil},
	sourceAttempt:  {"sluice_source_last_attempt_timestamp_seconds", gauge, "When the source was last polled. None before the first poll.", labels("source"), nil},
	sourceSuccess:  {"sluice_source_last_success_timestamp_seconds", gauge, "When it last answered with something to go by. None before.", labels("source"), nil},
	sourceFailing:  {"sluice_source_failing_since_timestamp_seconds", gauge, "When the first of the failures in a row was. None without one.", labels("source"), nil},
	sourceNext:     {"sluice_source_next_poll_timestamp_seconds", gauge, "For when the next poll is planned. None for a source that is not polled, and one that is due at once.", labels("source"), nil},
	sourceInterval: {"sluice_source_interval_seconds", gauge, "The interval that is configured for the source, as of its last poll.", labels("source"), nil},
	sourceFailures: {"sluice_source_consecutive_failures", gauge, "Failed polls in a row.", labels("source"), nil},
	sourceNewest:   {"sluice_source_newest_article_timestamp_seconds", gauge, "When an article of the source was last first seen. None before.", labels("source"), nil},

	fetches:        {"sluice_fetches_total", counter, "Polls by what came of them.", labels("result"), nil},
	fetchesShared:  {"sluice_fetches_shared_total", counter, "Of these, polls without a request: another source of the same address had just had the answer.", nil, nil},
	fetchSeconds:   {"sluice_fetch_duration_seconds", histogram, "How long requests took, redirects and the body included.", nil, networkTimes},
	fetchBytes:     {"sluice_fetch_bytes_total", counter, "Bytes of bodies as they came over the network, also of answers that failed.", nil, nil},
	savedBytes:     {"sluice_fetch_saved_bytes_total", counter, "Bytes that 304s spared: for each, what the last whole document of the source took to transfer.", nil, nil},
	documentBytes:  {"sluice_fetch_document_bytes_total", counter, "Bytes of the same, decoded, and of files, of answers that did not fail.", nil, nil},
	lagSeconds:     {"sluice_poll_lag_seconds", histogram, "How long after the planned time polls began. First polls, and those that an operator asked for early, are not counted.", nil, waitTimes},
	overdueSeconds: {"sluice_poll_overdue_seconds", gauge, "For how long the source has been due that is due longest; 0: none is.", nil, nil},
	workersBusy:    {"sluice_workers_busy", gauge, "Polls that run.", nil, nil},
	workers:        {"sluice_workers", gauge, "Polls that may run at a time.", nil, nil},
	pollsWaiting:   {"sluice_polls_waiting", gauge, "Polls that are due and wait for a worker, or for their host.", nil, nil},
	warnings:       {"sluice_parse_warnings_total", counter, "Repairs of documents by kind.", labels("kind"), nil},
	stored:         {"sluice_articles_stored_total", counter, "Articles stored for the first time, copies included.", nil, nil},
	updated:        {"sluice_articles_updated_total", counter, "Stored articles that were edited.", nil, nil},
	duplicate:      {"sluice_articles_duplicate_total", counter, "Of those stored, articles that joined an identity or a story that was there.", nil, nil},
	removed:        {"sluice_articles_removed_total", counter, "Articles that retention removed: old, or surplus (beyond the number that is kept of a source).", labels("reason"), nil},
	articles:       {"sluice_articles", gauge, "Articles in the store.", nil, nil},

	dbUp:       {"sluice_db_up", gauge, "1 while the store reads and takes writes.", nil, nil},
	dbSize:     {"sluice_db_size_bytes", gauge, "Size of the store's file.", nil, nil},
	dbFree:     {"sluice_db_free_bytes", gauge, "Of these, bytes that are used again before the file grows.", nil, nil},
	txSeconds:  {"sluice_db_tx_duration_seconds", histogram, "How long transactions were open: read; write, of which one takes all that waits, the disk's part included.", labels("op"), diskTimes},
	dbErrors:   {"sluice_db_errors_total", counter, "Transactions in which the store failed or was found damaged.", labels("op"), nil},
	backupTime: {"sluice_last_backup_success_timestamp_seconds", gauge, "When `sluice backup` last made one of this store. 0: never.", nil, nil},

	outputEntries:     {"sluice_output_entries", gauge, "Entries in the output's document.", labels("output"), nil},
	outputChanged:     {"sluice_output_changed_timestamp_seconds", gauge, "When the output's document last changed. None before its first build.", labels("output"), nil},
	outputBuilds:      {"sluice_output_builds_total", counter, "Builds of outputs by what came of them: ok, failed (what was served before stays).", labels("result"), nil},
	buildSeconds:      {"sluice_output_build_duration_seconds", histogram, "How long builds took.", nil, buildTimes},
	filtered:          {"sluice_articles_filtered_total", counter, "Articles that came since the start or reload, and that rules keep out of the output.", labels("output"), nil},
	outputRequests:    {"sluice_output_requests_total", counter, "Requests for the output's feeds and archives.", labels("output"), nil},
	outputNotModified: {"sluice_output_not_modified_total", counter, "Of these, answered 304.", labels("output"), nil},
	outputBytes:       {"sluice_output_response_bytes_total", counter, "Bytes of bodies sent for them.", labels("output"), nil},
	outputSubscribers: {"sluice_output_subscribers", gauge, "People that read the output in the last whole day, estimated, by program or service. None before a day has passed.", labels("output", "family"), nil},

	requests:       {"sluice_http_requests_total", counter, "Requests to the public listeners by what they were for and status.", labels("handler", "code"), nil},
	requestSeconds: {"sluice_http_request_duration_seconds", histogram, "How long answers took, until the last byte was given to the system.", labels("handler"), answerTimes},
	notModified:    {"sluice_http_not_modified_total", counter, "Requests that were answered 304.", labels("handler"), nil},
	responseBytes:  {"sluice_http_response_bytes_total", counter, "Bytes of bodies sent.", labels("handler"), nil},

	connections:    {"sluice_http_connections", gauge, "Open connections by what the listeners are for (public, admin, control) and state: busy (a request is answered), idle.", labels("listener", "state"), nil},
	connectionsMax: {"sluice_http_connections_max", gauge, "How many connections these listeners hold at a time. More wait in the system's queue, and idle ones make room for them. None for control, which has no limit.", labels("listener"), nil},

	turnedAway: {"sluice_http_turned_away_total", counter, "Who was turned away from the public listeners: connections that were closed to make room for others because they waited for a request (idle) or because their answer got nowhere (stalled), answers beyond the share of an HTTP/2 connection (stream: 503), and requests whose header is too long (oversized: 431; by HTTP/1 without TLS).", labels("reason"), nil},

	deliveries: {"sluice_websub_deliveries_total", counter, "What hubs pushed, by what came of it: accepted, or why it was ignored.", labels("result"), nil},
	pings:      {"sluice_websub_pings_total", counter, "Posts that told hubs of a change: ok, failed (to be repeated), given_up.", labels("result"), nil},
}

func labels(names ...string) []string { return names }
