package fetch_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestARedirectToAnotherHostWaitsForAPlaceThere(t *testing.T) {
	here, there := fetchtest.New(t), fetchtest.New(t)
	here.Redirect("/feed", 302, "/same")
	here.Redirect("/same", 302, there.Redirect("/far", 307, "/end"))
	there.Set("/end", fetchtest.Reply{Body: document})
	var log []string
	gate := func(_ context.Context, u *url.URL) (func(), error) {
		log = append(log, "enter "+u.String())
		if there.Count(u.Path) != 0 {
			t.Errorf("%s was asked before", u)
		}
		return func() {
			log = append(log, "leave")
			if there.Count(u.Path) != 1 {
				t.Errorf("%s was not asked in between", u)
			}
		}, nil
	}
	mustFetch(t, newClient(t, fetch.Options{}), fetch.Target{URL: here.URL("/feed"), Gate: gate})
	want := []string{"enter " + there.URL("/far"), "leave", "enter " + there.URL("/end"), "leave"}
	if !slices.Equal(log, want) {
		t.Errorf("%q", log)
	}
}

func TestARedirectToAHostWithoutAPlaceIsNotFollowed(t *testing.T) {
	here, there := fetchtest.New(t), fetchtest.New(t)
	address := here.Redirect("/feed", 302, there.Set("/feed", fetchtest.Reply{Body: document}))
	full := func(context.Context, *url.URL) (func(), error) { return nil, errors.New("s3cret") }
	ans, err := newClient(t, fetch.Options{}).Fetch(t.Context(), fetch.Target{URL: address, Gate: full})
	if ans.Redirects != 1 {
		t.Errorf("%d redirects", ans.Redirects)
	}
	if !errors.Is(err, fetch.ErrBusy) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
	oneLine(t, err)
	if there.Count("") != 0 {
		t.Error("it was asked")
	}
}
