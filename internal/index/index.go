// Package index asks package indexes which files they have of a project: the
// simple API in its JSON form (PEP 691), or in HTML (PEP 503) where an index has
// no other. Its answers only advise: it never retries, does not say what went
// wrong, and leaves out what it could not learn in time. It knows nothing of
// versions or of what a file is good for.
package index

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

// atOnce bounds the requests under way.
const atOnce = 16

// Client asks indexes. The zero value asks without credentials.
type Client struct {
	CAFile    string // PEM bundle that is trusted beside the system's; "" = none
	UserAgent string
	// Wrap, if not nil, is put around the transport, to authenticate requests to
	// the hosts that want it. URLs carry no credentials.
	Wrap func(http.RoundTripper) http.RoundTripper
}

// Files gives the files of each project, from all of the indexes together. A
// project is in the result only when every index answered for it and one has
// it. What has no answer when ctx ends is left out; so is everything once an
// index cannot be reached at all.
func (c Client) Files(ctx context.Context, indexes, projects []string) map[string][]wheel.File {
	transport, err := newTransport(c.CAFile)
	if err != nil {
		return nil
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	if c.Wrap != nil {
		client.Transport = c.Wrap(transport)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	found := map[string][]wheel.File{}
	var g errgroup.Group
	g.SetLimit(atOnce)
	for _, project := range projects {
		g.Go(func() error {
			files, err := c.project(ctx, client, indexes, project)
			if isUnreachable(err) {
				cancel(err)
			}
			if err == nil && files != nil {
				mu.Lock()
				defer mu.Unlock()
				found[project] = files
			}
			return nil
		})
	}
	_ = g.Wait() // none gives an error
	return found
}

// project asks each index; no files are an answer of nobody.
func (c Client) project(ctx context.Context, client *http.Client, indexes []string, project string) (files []wheel.File, err error) {
	for _, index := range indexes {
		page, err := c.page(ctx, client, index, project)
		if err != nil {
			return nil, err
		}
		files = append(files, page...)
	}
	return files, nil
}

// page asks one index for one project. An index that does not have it gives none.
func (c Client) page(ctx context.Context, client *http.Client, index, project string) ([]wheel.File, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	u, err := url.Parse(strings.TrimRight(index, "/") + "/" + url.PathEscape(project) + "/")
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the index has no http URL") // without the URL, and what may be in it
	}
	u.User = nil
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", jsonType+", "+htmlType+";q=0.2, text/html;q=0.1")
	req.Header.Set("User-Agent", c.UserAgent)
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return read(resp)
	case http.StatusNotFound:
		return nil, nil
	}
	return nil, fmt.Errorf("the index answers %s", resp.Status)
}

// isUnreachable says whether no connection came about.
func isUnreachable(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}
