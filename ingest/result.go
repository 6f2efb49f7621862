package ingest

import (
	"errors"
	"slices"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/parse"
)

// Result is what came of a poll in one word of a fixed set, by which polls can be counted.
type Result string

// The results. What sources and networks say is in none of them.
const (
	ResultOK          Result = "ok"           // a complete document
	ResultPartial     Result = "partial"      // one that was cut or mended by dropping
	ResultNotModified Result = "not_modified" // the publisher said so
	ResultUnchanged   Result = "unchanged"    // he sent the same document again
	ResultHTTPError   Result = "http_error"   // another status, or one that makes no sense
	ResultNetwork     Result = "network"      // no connection, no name, or a broken answer
	ResultOffline     Result = "offline"      // our own network: nobody can be reached
	ResultTimeout     Result = "timeout"
	ResultCertificate Result = "certificate"
	ResultRedirect    Result = "redirect"  // it leads nowhere
	ResultTooLarge    Result = "too_large" // beyond a limit of bytes, elements or items
	ResultParse       Result = "parse"     // the answer is no feed, or cannot be decoded
	ResultBlocked     Result = "blocked"   // a private address that nobody allowed
	ResultBusy        Result = "busy"      // a redirect to a host that had no place for us
	ResultFile        Result = "file"      // a file that cannot be read
	ResultStore       Result = "store"     // the store did not take what came
	ResultStopped     Result = "stopped"   // broken off by us
)

// Results lists all results.
func Results() []Result {
	return []Result{
		ResultOK, ResultPartial, ResultNotModified, ResultUnchanged, ResultHTTPError, ResultNetwork, ResultOffline,
		ResultTimeout, ResultCertificate, ResultRedirect, ResultTooLarge, ResultParse, ResultBlocked, ResultBusy,
		ResultFile, ResultStore, ResultStopped,
	}
}

// WarningKinds lists what Report.Warnings counts.
func WarningKinds() []string { return append(parse.WarningKinds(), warnInsecure) }

// Lag is how long after the time that was planned a poll began. ok is false for one that
// nobody had planned for then: a first one, or one that an operator asked for.
func (r *Report) Lag() (lag time.Duration, ok bool) {
	if r.Due.IsZero() || r.Began.Before(r.Due) {
		return 0, false
	}
	return r.Began.Round(0).Sub(r.Due), true
}

// Load is how many polls there are at a moment.
type Load struct {
	Running int // their requests, and what follows up to the store
	Waiting int // for a worker or for their host
	Workers int // as many may run
}

// Load returns how many polls run and wait now.
func (r *Runner) Load() Load {
	p := r.pacer
	p.mu.Lock()
	defer p.mu.Unlock()
	return Load{Running: p.running, Waiting: p.waiting, Workers: p.pace.Workers}
}

// resultOf is the word for what came of asking a source, by what the errors are and never
// by what they say.
func resultOf(s *Source, res *result) Result {
	switch {
	case res.outcome == Partial:
		return ResultPartial
	case res.outcome == Changed:
		return ResultOK
	case res.outcome == NotModified && res.answer.NotModified:
		return ResultNotModified
	case res.outcome == NotModified:
		return ResultUnchanged
	case res.ours && !errors.Is(res.err, fetch.ErrBusy):
		return ResultOffline
	case errors.Is(res.err, parse.ErrLimit):
		return ResultTooLarge
	case res.unread:
		return ResultParse
	case isFile(s) && !errors.Is(res.err, fetch.ErrTooLarge):
		return ResultFile
	}
	return failureResult(res.err)
}

// failures says what the errors of fetch are, first match first: one may be several.
var failures = []struct {
	result Result
	errs   []error
}{
	{ResultBlocked, []error{fetch.ErrBlocked}},
	{ResultBusy, []error{fetch.ErrBusy}},
	{ResultOffline, []error{fetch.ErrOffline}},
	{ResultTooLarge, []error{fetch.ErrTooLarge}},
	{ResultRedirect, []error{fetch.ErrRedirect}},
	{ResultCertificate, []error{fetch.ErrCertificate}},
	{ResultParse, []error{fetch.ErrCoding}},
	{ResultHTTPError, []error{fetch.ErrNotModifiedUnasked}},
	{ResultTimeout, []error{fetch.ErrTimeout}},
}

func failureResult(err error) Result {
	if _, ok := errors.AsType[*fetch.StatusError](err); ok {
		return ResultHTTPError
	}
	for _, f := range failures {
		if slices.ContainsFunc(f.errs, func(e error) bool { return errors.Is(err, e) }) {
			return f.result
		}
	}
	return ResultNetwork
}

// faultOf is of which kind a failure is, for whoever is told what it means, and the HTTP
// status of one that was answered.
func faultOf(s *Source, res *result) (fault feed.Fault, code int) {
	status, answered := errors.AsType[*fetch.StatusError](res.err)
	switch result := resultOf(s, res); {
	case res.unstored:
		return feed.FaultStore, 0
	case answered && status.Challenge():
		return feed.FaultChallenge, status.Code
	case result == ResultHTTPError:
		return feed.FaultHTTP, res.answer.Status
	case errors.Is(res.err, fetch.ErrNoHost):
		return feed.FaultNoHost, 0
	case errors.Is(res.err, fetch.ErrInterrupted):
		return feed.FaultInterrupted, 0
	case errors.Is(res.err, parse.ErrNotFeed):
		return feed.FaultNotFeed, 0
	default:
		return feed.Fault(result), 0
	}
}
