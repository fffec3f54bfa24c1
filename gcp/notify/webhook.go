package notify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/notify"
)

// client follows nobody elsewhere: what is sent is for the one who gave the URL.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// post sends a body to a webhook. Its URL is a secret, and so is all that others'
// errors say of it.
func (s *Sender) post(ctx context.Context, to notify.Destination, body []byte) error {
	value, err := s.secrets.Value(ctx, to.Secret+"/versions/"+to.Version)
	if err != nil {
		return err
	}
	at, err := url.Parse(strings.TrimSpace(value))
	if err != nil || at.Host == "" || at.Scheme != "https" && !(at.Scheme == "http" && loopback(at.Hostname())) {
		return errs.New(errs.Usage, "Keep the webhook's whole URL, which begins with https://, in the secret.", "%s: its value is no URL of a webhook", to)
	}
	const look = "Look whether the webhook still exists, and takes JSON."
	server := at.Scheme + "://" + at.Host // which says how patiently
	var answered int
	var last error
	err = s.access.Retry(ctx, server, "telling "+to.String(), s.access.Patience(server), func(ctx context.Context) error {
		answered, last = send(ctx, at.String(), body)
		return last
	})
	if err != nil && ctx.Err() == nil {
		return errs.New(errs.Transient, look, "%s: %s", to, status.Convert(last).Message())
	}
	if err == nil && answered >= http.StatusMultipleChoices {
		return errs.New(errs.Usage, look, "%s answers %d %s", to, answered, http.StatusText(answered))
	}
	return err
}

// send posts once. What may be otherwise a moment later is an error; any other
// status is an answer.
func send(ctx context.Context, at string, body []byte) (code int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("its URL cannot be used")
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := client.Do(r)
	switch {
	case ctx.Err() != nil:
		return 0, status.Error(codes.DeadlineExceeded, "it does not answer in time")
	case err != nil:
		return 0, status.Error(codes.Unavailable, "it cannot be reached")
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError {
		return 0, status.Errorf(codes.Unavailable, "it answers %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return resp.StatusCode, nil
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }
