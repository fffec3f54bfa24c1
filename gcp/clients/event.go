package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
)

// What happened in a local git repository, and which triggers of the emulators fired.
type (
	RepositoryEvent = cloudbuild.Hook
	PushEvent       = cloudbuild.Push
	PullEvent       = cloudbuild.Pull
	EventAnswer     = cloudbuild.Answer
	FiredTrigger    = cloudbuild.Fired
)

// TellEmulators tells emulators that run what happened in a repository. What they
// refuse is of kind errs.Usage.
func TellEmulators(ctx context.Context, st local.Status, e RepositoryEvent) (*EventAnswer, error) {
	token, err := os.ReadFile(st.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("reading the emulators' token: %w", err)
	}
	body, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(st.URL, "/")+cloudbuild.HookPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+string(token))
	resp, err := (&http.Client{Transport: &http.Transport{Proxy: nil}}).Do(req) // no proxy leads to this machine
	if err != nil {
		return nil, fmt.Errorf("telling the emulators: %w", err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("telling the emulators: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		var a EventAnswer
		if err := json.Unmarshal(data, &a); err != nil {
			return nil, fmt.Errorf("reading the emulators' answer: %w", err)
		}
		return &a, nil
	}
	var refused struct {
		Error struct{ Message string } `json:"error"`
	}
	_ = json.Unmarshal(data, &refused)
	message := strings.TrimPrefix(refused.Error.Message, "generic::invalid_argument: ")
	if resp.StatusCode == http.StatusBadRequest {
		return nil, errs.New(errs.Usage, "See `gcpdeploy local event --help`.", "%s", message)
	}
	return nil, fmt.Errorf("telling the emulators: %s: %s", resp.Status, message)
}
