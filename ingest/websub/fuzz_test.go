package websub_test

import (
	"net/url"
	"testing"

	"sluice/feed/fuzztest"
	"sluice/ingest/websub"
)

func FuzzDiscover(f *testing.F) {
	for _, s := range []string{
		`<https://hub.example/>; rel="hub", </self>; rel=self`, `<x>; title="a\", b"; rel=hub`, `<`, `<>;=,;`, `<x>;rel`, `<a>;rel="hub`,
	} {
		f.Add(s)
	}
	base, err := url.Parse("https://a.example/feed")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		defer fuzztest.Within(t, len(header), fuzztest.Cost{Bytes: 1 << 20, Each: 1 << 10})()
		hubs, topic := websub.Discover(base, []string{header}, nil, "")
		wantAddresses(t, hubs, topic)
	})
}

func FuzzDiscoverPage(f *testing.F) {
	for _, s := range []string{
		`<!doctype html><base href=/b/><link rel="hub self" href=h><title><link rel=self href=/></title>`, `<template><template></template>`,
		`<noscript><link rel=hub href=h>`, `<link rel=self rel=hub href="https://[::1">`, "\xff\xfe<\x00l\x00i\x00n\x00k\x00", `<base href=":">`,
	} {
		f.Add([]byte(s), "text/html; charset=utf-16")
	}
	base, err := url.Parse("https://a.example/feed")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, page []byte, contentType string) {
		defer fuzztest.Within(t, len(page)+len(contentType), fuzztest.Cost{Bytes: 4 << 20, Each: 1 << 10})()
		hubs, topic := websub.DiscoverPage(base, nil, page, contentType)
		wantAddresses(t, hubs, topic)
	})
}

// wantAddresses fails the test unless there are hubs and a topic, or neither, and all
// are addresses.
func wantAddresses(t *testing.T, hubs []string, topic string) {
	t.Helper()
	if (len(hubs) == 0) != (topic == "") {
		t.Errorf("%q, %q", hubs, topic)
	}
	for _, address := range append(hubs, topic) {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Hostname() == "") {
			t.Errorf("no address: %q", address)
		}
	}
}
