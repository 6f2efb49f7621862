//go:build !fault

package ingest

// hang does nothing: see its namesake, which only a build for tests has.
func hang() {}
