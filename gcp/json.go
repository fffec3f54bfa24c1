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

// Call makes a call that may be made twice. The path has no slash before it, the
// body is sent as JSON unless it is nil, and the answer is read into out unless
// that is nil.
func (j *JSON) Call(ctx context.Context, doing, method, path string, body, out any) error {
	client, err := j.client()
	if err != nil {
		return err
	}
	var sent []byte
	if body != nil {
		if sent, err = json.Marshal(body); err != nil {
			return Error(err, doing)
		}
	}
	at := j.access.Endpoint(j.api)
	url := at
	if url == "" {
		url = "https://" + j.api.Service()
	}
	url = strings.TrimSuffix(url, "/") + "/" + path
	return j.access.Retry(ctx, at, doing, j.access.Patience(at), func(ctx context.Context) error {
		return do(ctx, client, method, url, sent, out)
	})
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
