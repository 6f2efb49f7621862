package control

import (
	"context"
	"strings"
	"testing"
)

func TestACallThatPanicsFailsAndTellsNoSecret(t *testing.T) {
	_, err := done(t.Context(), nil, func(context.Context, []byte, func(event)) (any, error) { panic("s3cret") }, nil)
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "panic_internal_test.go:") {
		t.Errorf("%v", err)
	}
}
