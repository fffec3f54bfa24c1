package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// status is what `local status --json` says.
type status struct {
	Running   bool   `json:"running"`
	TokenFile string `json:"token_file"`
	URL       string `json:"url"`
}

// Where local builds are. gcloud is told the same names.
const (
	project = "local"
	region  = "local"
)

// local starts the emulators.
func (b *bench) local(ctx context.Context) error {
	if _, err := b.exec(ctx, command{name: b.binary, args: []string{"local", "start"}}); err != nil {
		return err
	}
	r, err := b.exec(ctx, command{name: b.binary, args: []string{"local", "status", "--json"}})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(r.out, &b.status); err != nil {
		return fmt.Errorf("reading the emulators' status: %w", err)
	}
	if !b.status.Running {
		return errors.New("the emulators do not run")
	}
	return nil
}

// host is the emulators' address.
func (b *bench) host() string {
	u, err := url.Parse(b.status.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

func (b *bench) token() (string, error) {
	data, err := os.ReadFile(b.status.TokenFile)
	return strings.TrimSpace(string(data)), err
}

// build is what the API says of a build.
type build struct {
	ID         string    `json:"id"`
	Status     string    `json:"status"`
	CreateTime time.Time `json:"createTime"`
	LogsBucket string    `json:"logsBucket"`
}

// builds are the newest builds.
func (b *bench) builds(ctx context.Context) ([]build, error) {
	where := b.status.URL + "v1/projects/" + project + "/locations/" + region + "/builds?pageSize=10"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return nil, err
	}
	token, err := b.token()
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("listing builds: %s", res.Status)
	}
	var list struct{ Builds []build }
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("listing builds: %w", err)
	}
	return list.Builds, nil
}

// submitted gives the one build that was created since a moment, once it has ended.
func (b *bench) submitted(ctx context.Context, since time.Time) (build, error) {
	for {
		list, err := b.builds(ctx)
		if err != nil {
			return build{}, err
		}
		if len(list) == 0 || list[0].CreateTime.Before(since) {
			return build{}, errors.New("no build was submitted")
		}
		if s := list[0].Status; s != "QUEUED" && s != "WORKING" && s != "PENDING" {
			return list[0], nil
		}
		select {
		case <-ctx.Done():
			return build{}, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
