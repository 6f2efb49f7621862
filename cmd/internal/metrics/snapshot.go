package metrics

import (
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/storage"

	"github.com/prometheus/client_golang/prometheus"
)

// maxSources is how many sources may have series of their own.
const maxSources = 1000

// Snapshot is what is so at the moment of a scrape.
type Snapshot struct {
	At          time.Time
	Ready       bool
	Reload      Reload
	Load        ingest.Load
	Store       Store
	Sources     *Census  // of the configured ones; nil where the store does not tell
	Outputs     []Output // the configured ones
	Connections []Connections
}

// Census counts sources. It is made by NewCensus, and told of one source after another,
// so that of very many nothing is held but what is counted.
type Census struct {
	at            time.Time
	byState       map[feed.Status]int
	stale, silent int
	overdue       time.Duration
	each          []feed.SourceState // those with series of their own; none where there are too many
	many          bool               // they are too many
}

// NewCensus counts sources as they are at a time.
func NewCensus(at time.Time) *Census { return &Census{at: at, byState: map[feed.Status]int{}} }

// Add counts a source, whose state it copies.
func (c *Census) Add(st *feed.SourceState) {
	c.byState[st.Status]++
	if isStale(st, c.at) {
		c.stale++
	}
	if !st.Told.Silent.IsZero() && isPolled(st) {
		c.silent++
	}
	if !st.NextPoll.IsZero() && isPolled(st) {
		c.overdue = max(c.overdue, c.at.Sub(st.NextPoll))
	}
	switch {
	case c.many:
	case len(c.each) == maxSources:
		c.each, c.many = nil, true
	default:
		c.each = append(c.each, *st)
	}
}

// Connections are those of the listeners for a purpose.
type Connections struct {
	Listener   string
	Idle, Busy int
	Max        int // 0: no limit
}

// Reload says how the configuration was last read, and when it was last taken.
type Reload struct {
	OK   bool
	Done time.Time
}

// Store is how the store fares.
type Store struct {
	Up     bool
	Usage  *storage.Usage // nil: it does not tell
	Backup time.Time      // the last one; zero: never
}

// Output is an output of the configuration.
type Output struct {
	Name    string
	Built   bool
	Entries int       // of its document
	Changed time.Time // zero: nothing was ever in it

	Requests, NotModified, Bytes uint64         // since the start
	Subscribers                  map[string]int // by family; nil: not known yet
}

// scraped are the series that a scrape is given.
var scraped = []id{
	ready, reloadOK, reloadTime,
	sources, sourcesStale, sourcesSilent, sourcesDropped, sourceUp, sourceAttempt, sourceSuccess, sourceFailing, sourceNext,
	sourceInterval, sourceFailures, sourceNewest,
	overdueSeconds, workersBusy, workers, pollsWaiting, articles,
	dbUp, dbSize, dbFree, backupTime,
	outputEntries, outputChanged, outputRequests, outputNotModified, outputBytes, outputSubscribers,
	connections, connectionsMax,
}

// current tells the registry what the snapshot of the running scrape says.
type current struct{ m *Metrics }

// Describe implements prometheus.Collector.
func (c current) Describe(ch chan<- *prometheus.Desc) {
	for _, of := range scraped {
		ch <- c.m.descs[of]
	}
}

// Collect implements prometheus.Collector. The registry calls it within Write alone.
func (c current) Collect(ch chan<- prometheus.Metric) {
	snap := c.m.now
	if snap == nil {
		return
	}
	t := teller{c.m, ch}
	t.value(ready, truth(snap.Ready))
	t.value(reloadOK, truth(snap.Reload.OK))
	t.time(reloadTime, snap.Reload.Done)
	t.value(workersBusy, float64(snap.Load.Running))
	t.value(workers, float64(snap.Load.Workers))
	t.value(pollsWaiting, float64(snap.Load.Waiting))
	t.store(snap.Store)
	if snap.Sources != nil {
		t.sources(snap.Sources)
	}
	for _, o := range snap.Outputs {
		t.output(o)
	}
	for _, c := range snap.Connections {
		t.value(connections, float64(c.Idle), c.Listener, "idle")
		t.value(connections, float64(c.Busy), c.Listener, "busy")
		if c.Max > 0 {
			t.value(connectionsMax, float64(c.Max), c.Listener)
		}
	}
}

// teller sends values to the registry.
type teller struct {
	m  *Metrics
	ch chan<- prometheus.Metric
}

func (t teller) value(of id, v float64, labels ...string) {
	kind := prometheus.GaugeValue
	if catalog[of].kind == counter {
		kind = prometheus.CounterValue
	}
	t.ch <- prometheus.MustNewConstMetric(t.m.descs[of], kind, v, labels...)
}

// time tells a time, if it is one.
func (t teller) time(of id, at time.Time, labels ...string) {
	if !at.IsZero() {
		t.value(of, float64(at.UnixMilli())/1000, labels...)
	}
}

func (t teller) store(s Store) {
	t.value(dbUp, truth(s.Up))
	if s.Backup.IsZero() {
		t.value(backupTime, 0) // so that whoever waits for one sees that there is none
	}
	t.time(backupTime, s.Backup)
	if s.Usage != nil {
		t.value(articles, float64(s.Usage.Articles))
		t.value(dbSize, float64(s.Usage.Bytes))
		t.value(dbFree, float64(s.Usage.Free))
	}
}

// sources tells what there is of sources.
func (t teller) sources(c *Census) {
	for i := range c.each {
		t.source(&c.each[i])
	}
	for _, status := range []feed.Status{feed.StatusNew, feed.StatusOK, feed.StatusFailing, feed.StatusGone, feed.StatusDisabled} {
		t.value(sources, float64(c.byState[status]), string(status))
	}
	t.value(sourcesStale, float64(c.stale))
	t.value(sourcesSilent, float64(c.silent))
	t.value(sourcesDropped, truth(c.many))
	t.value(overdueSeconds, c.overdue.Seconds())
}

// source tells what there is of one source.
func (t teller) source(st *feed.SourceState) {
	name := string(st.Source)
	t.value(sourceFailures, float64(st.Failures), name)
	t.time(sourceAttempt, st.LastAttempt, name)
	t.time(sourceSuccess, st.LastSuccess, name)
	t.time(sourceFailing, st.FailingSince, name)
	t.time(sourceNewest, st.LastNew, name)
	if st.Interval > 0 {
		t.value(sourceInterval, st.Interval.Seconds(), name)
	}
	if !isPolled(st) {
		return
	}
	t.time(sourceNext, st.NextPoll, name)
	if st.Status != feed.StatusNew {
		t.value(sourceUp, truth(st.Status == feed.StatusOK), name)
	}
}

// isPolled reports whether a source is polled as its schedule says.
func isPolled(st *feed.SourceState) bool {
	return st.Status != feed.StatusGone && st.Status != feed.StatusDisabled
}

// isStale reports whether a source fails for so long that what it has is old: a day, and
// four intervals.
func isStale(st *feed.SourceState, now time.Time) bool {
	since := st.LastSuccess
	if since.IsZero() {
		since = st.FailingSince
	}
	return st.Status == feed.StatusFailing && !since.IsZero() && now.Sub(since) > max(24*time.Hour, 4*st.Interval)
}

func (t teller) output(o Output) {
	if o.Built {
		t.value(outputEntries, float64(o.Entries), o.Name)
		t.time(outputChanged, o.Changed, o.Name)
	}
	t.value(outputRequests, float64(o.Requests), o.Name)
	t.value(outputNotModified, float64(o.NotModified), o.Name)
	t.value(outputBytes, float64(o.Bytes), o.Name)
	for family, n := range o.Subscribers {
		t.value(outputSubscribers, float64(n), o.Name, family)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
