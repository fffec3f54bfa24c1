package cmd

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// CurlOptions are the options of `curl`.
type CurlOptions struct {
	App     clients.App
	Path    string
	Method  string // "" = GET, or POST with data
	Data    string // @FILE reads it, @- from the standard input
	Headers []string
	Include bool // the answer's head
	Fail    bool // where the status is 400 or above
	Tag     string
}

// Validate refuses what is no header.
func (o CurlOptions) Validate() error {
	for _, h := range o.Headers {
		if name, _, ok := strings.Cut(h, ":"); !ok || strings.TrimSpace(name) == "" {
			return errs.New(errs.Usage, "Write it as in 'Accept: text/plain'.", "--header %q has no name", h)
		}
	}
	return nil
}

func curlCommand(s ui.Streams, d Deps, run Func[CurlOptions]) *cli.Command {
	return &cli.Command{
		Name:      "curl",
		Usage:     "ask the service for a path, as yourself where it is private",
		ArgsUsage: "[PATH]",
		Flags: append(shared(theService),
			&cli.StringFlag{Name: "request", Aliases: []string{"X"}, Usage: "`METHOD` (default: GET, or POST with --data)"},
			&cli.StringFlag{Name: "data", Aliases: []string{"d"}, Usage: "`TEXT` to send, or @FILE with it"},
			&cli.StringSliceFlag{Name: "header", Aliases: []string{"H"}, Usage: "`HEADER: VALUE` to send; may be given several times"},
			&cli.BoolFlag{Name: "include", Aliases: []string{"i"}, Usage: "print the answer's head, too"},
			&cli.BoolFlag{Name: "fail", Aliases: []string{"f"}, Usage: "end with 1 where the status is 400 or above"},
			tagFlag(),
		),
		Action: action(s, d, run, func(c *cli.Context) (CurlOptions, error) {
			args, err := arguments(c, 1)
			o := CurlOptions{
				App: appOptions(c), Method: c.String("request"), Data: c.String("data"), Headers: c.StringSlice("header"),
				Include: c.Bool("include"), Fail: c.Bool("fail"), Tag: c.String("tag"),
			}
			if len(args) > 0 {
				o.Path = args[0]
			}
			return o, err
		}),
	}
}

// Curl asks the service once, and prints what it answers.
func Curl(ctx context.Context, s ui.Streams, d Deps, o CurlOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	state, url, err := reachable(ctx, set, o.Tag)
	if err != nil {
		return err
	}
	req, err := o.request(ctx, url, s.In)
	if err != nil {
		return err
	}
	if state.Private {
		who, err := set.Target().Authorization(ctx, state.URL)
		if err != nil {
			return err
		}
		req.Header.Set(who.Name, who.Value)
	}
	res, err := ask.Transport().RoundTrip(req) // which follows no redirect: the token is for this service
	if err != nil {
		return errs.New(errs.Transient, "Run `gcpdeploy status`.", "asking %s: %w", url, err)
	}
	defer res.Body.Close()
	if o.Include {
		fmt.Fprintf(s.Out, "%s %s\n", res.Proto, res.Status)
		_ = res.Header.Write(s.Out) // what does not come to its end shows below
		fmt.Fprintln(s.Out)
	}
	if _, err := io.Copy(s.Out, res.Body); err != nil {
		return errs.New(errs.Transient, "", "reading the answer: %w", err)
	}
	refused := res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden
	if state.Private && refused {
		c := set.Config
		fmt.Fprintf(s.Err, "%s: unless that is the app's own answer, %s needs %s %s, or on the project %s\n", res.Status, set.Caller(), set.Kind().Invoke, set.Service().Service, c.Project)
	}
	if o.Fail && res.StatusCode >= http.StatusBadRequest {
		kind := errs.Build
		if refused {
			kind = errs.Auth
		}
		return errs.New(kind, "", "%s answers %s", req.URL.Path, res.Status)
	}
	return nil
}

// request is what the options ask for.
func (o CurlOptions) request(ctx context.Context, service string, in io.Reader) (*http.Request, error) {
	method, data := o.Method, io.Reader(strings.NewReader(o.Data))
	switch file, ok := strings.CutPrefix(o.Data, "@"); {
	case o.Data == "":
		data = nil
	case file == "-" && ok:
		data = in
	case ok:
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, errs.New(errs.Usage, "", "--data: %w", err)
		}
		data = strings.NewReader(string(content))
	}
	if method == "" && data != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, strings.ToUpper(method), strings.TrimSuffix(service, "/")+"/"+strings.TrimPrefix(o.Path, "/"), data)
	if err != nil {
		return nil, errs.New(errs.Usage, "Give a path such as /healthz.", "%w", err)
	}
	if data != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded") // as curl does
	}
	for _, h := range o.Headers {
		name, value, _ := strings.Cut(h, ":")
		if name, value = strings.TrimSpace(name), strings.TrimSpace(value); strings.EqualFold(name, "host") {
			req.Host = value
		} else {
			req.Header.Set(name, value)
		}
	}
	return req, nil
}
