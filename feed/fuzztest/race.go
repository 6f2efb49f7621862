//go:build race

package fuzztest

const racing = true
