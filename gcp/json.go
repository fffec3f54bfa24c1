package gcp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"

	"google.golang.org/api/googleapi"
	transport "google.golang.org/api/transport/http"
)

// JSON makes the calls of an API that is asked too seldom for a client of its
// own: the generated ones are large, and their types larger. It may be shared.
type JSON struct {
	access *Access
	api    API
	client func() (*http.Client, error)
}

// NewJSON makes a JSON, which connects when it is first used.
func NewJSON(a *Access, api API) *JSON {
	return &JSON{access: a, api: api, client: sync.OnceValues(func() (*http.Client, error) {
		opts, err := a.HTTP(a.Endpoint(api), "/")
		if err != nil {
			return nil, err
		}
		c, _, err := transport.NewClient(context.Background(), opts...)
		return c, Error(err, "connecting to "+api.Service())
	})}
}

// Request is one call, with what its error tells.
type Request struct {
	Doing        string // "creating the trigger"
	Call         string // as in the table of rights; "" = the server says what lacks
	Resource     string // the full name of what is asked about
	Method, Path string // the path has no slash before it
	Body, Out    any    // JSON; nil = none is sent, or read
	Once         bool   // it may not be made twice
}

// Call makes a call that may be made twice.
func (j *JSON) Call(ctx context.Context, doing, method, path string, body, out any) error {
	return j.Do(ctx, Request{Doing: doing, Method: method, Path: path, Body: body, Out: out})
}

// Do makes a call.
func (j *JSON) Do(ctx context.Context, q Request) error {
	client, err := j.client()
	if err != nil {
		return err
	}
	var sent []byte
	if q.Body != nil {
		if sent, err = json.Marshal(q.Body); err != nil {
			return Error(err, q.Doing)
		}
	}
	at := j.access.Endpoint(j.api)
	url := at
	if url == "" {
		url = "https://" + j.api.Service()
	}
	url = strings.TrimSuffix(url, "/") + "/" + q.Path
	call := func(ctx context.Context) error {
		err := do(ctx, client, q.Method, url, sent, q.Out)
		if q.Call == "" {
			return err
		}
		return Called(err, q.Call, q.Resource)
	}
	if q.Once {
		once, cancel := j.access.OneCall(ctx)
		defer cancel()
		return j.access.Error(call(once), at, q.Doing)
	}
	return j.access.Retry(ctx, at, q.Doing, j.access.Patience(at), call)
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

func do(ctx context.Context, client *http.Client, method, url string, body []byte, out any) error {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, url, reader)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := googleapi.CheckResponse(resp); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out)
}
