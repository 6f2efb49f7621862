package fetch_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestAKeptConnectionThatIsClosedBeforeAnyByteIsReplacedOnce(t *testing.T) {
	p := fetchtest.New(t)
	address := p.Set("/feed", fetchtest.Document(document, `"1"`, ""))
	c := newClient(t, fetch.Options{})
	mustFetch(t, c, fetch.Target{URL: address})
	p.HangUpReused()
	if ans := mustFetch(t, c, fetch.Target{URL: address}); string(ans.Body) != document {
		t.Errorf("%q", ans.Body)
	}
	if p.Connections() != 2 || p.Count("/feed") != 3 {
		t.Errorf("%d connections, %d requests", p.Connections(), p.Count("/feed"))
	}
}

func TestAFirstConnectionThatIsClosedIsNotReplaced(t *testing.T) {
	p := fetchtest.New(t)
	address := p.Set("/feed", fetchtest.Reply{HangUp: true})
	_, err := newClient(t, fetch.Options{}).Fetch(t.Context(), fetch.Target{URL: address})
	if err == nil || !strings.Contains(err.Error(), "closed before an answer") || p.Count("") != 1 {
		t.Errorf("%d requests, %v", p.Count(""), err)
	}
}

func TestWhatEndsWithinABodyIsNotAskedAgainInTheSamePoll(t *testing.T) {
	long := document + strings.Repeat(" ", 64<<10)
	for name, reply := range map[string]fetchtest.Reply{
		"a short length":      {Body: long, Cut: 1000},
		"a reset":             {Body: long, Cut: 1000, Reset: true},
		"gzip that is cut":    {Body: long, Coding: "gzip", Cut: 40},
		"brotli that is cut":  {Body: long, Coding: "br", Cut: 20},
		"nothing of the body": {Body: long, Cut: 1, Reset: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := fetchtest.New(t)
			ans, err := newClient(t, fetch.Options{}).Fetch(t.Context(), fetch.Target{URL: p.Set("/", reply)})
			if !errors.Is(err, fetch.ErrInterrupted) || ans.Body != nil || ans.ETag != "" || p.Count("") != 1 {
				t.Errorf("%d requests, %v", p.Count(""), err)
			}
		})
	}
}

func TestAHeaderWithoutEndIsGivenUp(t *testing.T) {
	p := fetchtest.New(t)
	_, err := newClient(t, fetch.Options{}).Fetch(t.Context(), fetch.Target{URL: p.Set("/", fetchtest.Reply{Flood: true})})
	if !errors.Is(err, fetch.ErrTooLarge) {
		t.Errorf("%v", err)
	}
}

func TestRetryAfterIsReadInEachFormFromEachStatus(t *testing.T) {
	at := time.Now().Add(2 * time.Hour)
	forms := fetchtest.Formatted(at)
	for _, status := range []int{403, 404, 429, 500, 502, 503, 504} {
		for _, value := range append(forms[:], "7200") {
			p := fetchtest.New(t)
			ans, err := newClient(t, fetch.Options{}).Fetch(t.Context(), fetch.Target{URL: p.Set("/", fetchtest.Busy(status, value))})
			failure, ok := errors.AsType[*fetch.StatusError](err)
			if !ok || failure.Code != status || (failure.RetryAfter-2*time.Hour).Abs() > time.Minute || ans.RetryAfter != failure.RetryAfter {
				t.Errorf("%d, %s: %v", status, value, err)
			}
		}
	}
}

func TestACodingThatOthersUseIsNamed(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	for coding, want := range map[string]string{"deflate": "(deflate)", "s3cret": "not asked for; tell"} {
		reply := fetchtest.Document(document, "", "").With("Content-Encoding", coding)
		_, err := c.Fetch(t.Context(), fetch.Target{URL: p.Set("/", reply)})
		if !errors.Is(err, fetch.ErrCoding) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", coding, err)
		}
	}
}
