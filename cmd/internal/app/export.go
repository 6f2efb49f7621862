package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sluice/cmd/internal/control"
	"sluice/cmd/internal/web"
	"sluice/config"
	"sluice/feed/publish"
)

// export hands on the outputs as files. They are what the public handler answers to a
// reader who asks for no coding, so that both are the same bytes: NAME.rss, .atom and
// .json, the pages as NAME.html, NAME/2.html and so on, the archives as NAME/archive/N
// with the same endings, and the style that the documents name.
func (o *outputs) export(ctx context.Context, cfg *config.Config, take control.TakeFile) (control.Exported, error) {
	var done control.Exported
	now := o.still()
	x := exporter{take: take, handler: web.New(o.log, now, web.Options{BaseURL: cfg.Server.BaseURL, MaxAge: maxAge(cfg)})}
	for _, listed := range now.list {
		out := now.outputs[listed.Name]
		switch {
		case listed.Private:
			done.Private = append(done.Private, listed.Name)
			continue
		case out.Document == nil:
			done.Unbuilt = append(done.Unbuilt, listed.Name)
			continue
		}
		if err := x.output(ctx, listed.Name); err != nil {
			return done, err
		}
		x.any = true
	}
	if !x.any {
		return done, nil
	}
	_, err := x.file(ctx, publish.StylePath, strings.TrimPrefix(publish.StylePath, "/feeds/"))
	return done, err
}

// still is the outputs of one moment, so that all files of an output are of one build.
type still struct {
	web.Outputs

	list    []web.Listed
	outputs map[string]web.Output
}

func (o *outputs) still() still {
	s := still{Outputs: o, list: o.List(), outputs: map[string]web.Output{}}
	for _, l := range s.list {
		s.outputs[l.Name], _ = o.Output(l.Name)
	}
	return s
}

// Output implements web.Outputs.
func (s still) Output(name string) (web.Output, bool) {
	out, ok := s.outputs[name]
	return out, ok
}

// List implements web.Outputs.
func (s still) List() []web.Listed { return s.list }

// exporter asks the public handler for what becomes files.
type exporter struct {
	handler http.Handler
	take    control.TakeFile
	any     bool // there was an output
}

// output hands on the files of one output: of its document, and of its archives, which
// are numbered without a gap.
func (x *exporter) output(ctx context.Context, name string) error {
	there, err := x.place(ctx, name)
	if err == nil && !there {
		err = absent(name)
	}
	for n := 1; err == nil && there; n++ {
		there, err = x.place(ctx, name+"/archive/"+strconv.Itoa(n))
	}
	return err
}

// place hands on the feeds of a document and its pages for people; there is false where
// there is no such document.
func (x *exporter) place(ctx context.Context, at string) (there bool, err error) {
	for i, ext := range []string{".rss", ".atom", ".json"} {
		there, err := x.file(ctx, "/feeds/"+at+ext, at+ext)
		if err == nil && !there && i > 0 {
			err = absent(at + ext)
		}
		if err != nil || !there {
			return false, err
		}
	}
	page := at
	for n := 2; ; n++ {
		if more, err := x.file(ctx, "/feeds/"+page, page+".html"); err != nil || !more {
			return true, err
		}
		page = at + "/" + strconv.Itoa(n)
	}
}

// absent is the error of a file that is not there and should be.
func absent(name string) error { return fmt.Errorf("output file %s: it is not served", name) }

// file hands on what is answered at a path; there is false where that is nothing.
func (x *exporter) file(ctx context.Context, path, name string) (there bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return false, fmt.Errorf("output file %s: %w", name, err)
	}
	req.RequestURI = path
	req.Header.Set("Accept-Encoding", "identity")
	if strings.HasSuffix(name, ".html") {
		req.Header.Set("Accept", "text/html")
	}
	got := recorder{header: http.Header{}}
	x.handler.ServeHTTP(&got, req)
	switch got.status {
	case http.StatusOK:
		return true, x.take(name, got.body.Bytes())
	case http.StatusNotFound:
		return false, ctx.Err()
	}
	return false, fmt.Errorf("output file %s: answered %d", name, got.status)
}

// recorder is an answer in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) { r.status = status }

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.body.Write(p)
}

// Export implements control.Daemon.
func (a *App) Export(ctx context.Context, take control.TakeFile) (control.Exported, error) {
	return a.out.export(ctx, a.engine.Config(), take)
}

// Synced is what came of a sync, and of the files that it was to write after it.
type Synced struct {
	control.Summary
	control.Exported

	ExportErr error // why there are not all files
}

// stale reports whether an output is to be built anew.
func (o *outputs) stale() bool {
	return slices.ContainsFunc(o.now.Load().list, func(out *output) bool { return out.dirty.Load() })
}

// export builds the outputs of what is stored and hands them on.
func (e *Engine) export(ctx context.Context, cfg *config.Config, log *slog.Logger, take control.TakeFile) (control.Exported, error) {
	out := newOutputs(e.Store, e.pings, log)
	if err := out.replace(ctx, cfg, func() error { return nil }); err != nil {
		return control.Exported{}, err
	}
	// What was stored before is put into archives step by step.
	for out.stale() {
		if err := out.settle(ctx); err != nil {
			return control.Exported{}, err
		}
	}
	return out.export(ctx, cfg, take)
}
