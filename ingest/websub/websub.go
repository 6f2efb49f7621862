// Package websub subscribes to the hubs that sources name (W3C WebSub), so that
// news arrive when they are published and not at the next poll.
//
// It owns what is discovered, asked for, verified, renewed and given up, and which
// pushes are believed. Requests go out through a Poster, callbacks come in through
// whoever has the listener, and what a push brought is handed to Push. When a
// source is polled, and what is new in a document, is not known here.
//
// Decisions are functions of values in discover.go, head.go, verify.go and plan.go.
// The Subscriber acts upon them: step.go asks hubs, callback.go hears them, and
// process.go hands on what they push.
package websub
