// gospiffe is the reference consumer of our Workload API, bundles and federation in tests: a thin command around go-spiffe.
// It prints one JSON object a line and ends with 1 and a line on stderr when go-spiffe refuses.
package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/spiffebundle"
	"github.com/spiffe/go-spiffe/v2/federation"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"
	"github.com/spiffe/go-spiffe/v2/svid/jwtsvid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
)

type command func(ctx context.Context, args []string) error

var commands = map[string]command{
	"x509":         fetchX509,
	"watch-x509":   watchX509,
	"jwt":          fetchJWT,
	"jwt-bundles":  fetchJWTBundles,
	"validate-jwt": validateJWT,
	"serve":        serve,
	"get":          get,
	"bundle":       fetchBundle,
	"parse-bundle": parseBundle,
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fail(fmt.Errorf("usage: gospiffe x509|watch-x509|jwt|jwt-bundles|validate-jwt|serve|get|bundle|parse-bundle [flags]"))
	}
	if err := commands[os.Args[1]](context.Background(), os.Args[2:]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func say(value any) {
	line, err := json.Marshal(value)
	if err != nil {
		fail(err)
	}
	fmt.Println(string(line))
}

func within(ctx context.Context, seconds int) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
}

func describe(svid *x509svid.SVID) map[string]any {
	leaf := svid.Certificates[0]
	return map[string]any{
		"id": svid.ID.String(), "hint": svid.Hint, "serial": leaf.SerialNumber.Text(16), "notBefore": leaf.NotBefore, "notAfter": leaf.NotAfter,
		"chain": len(svid.Certificates), "authority": fmt.Sprintf("%x", leaf.AuthorityKeyId), "certificate": base64.StdEncoding.EncodeToString(leaf.Raw),
	}
}

func describeContext(update *workloadapi.X509Context) map[string]any {
	svids := []any{}
	for _, svid := range update.SVIDs {
		svids = append(svids, describe(svid))
	}
	roots := map[string]int{}
	for _, bundle := range update.Bundles.Bundles() {
		roots[bundle.TrustDomain().Name()] = len(bundle.X509Authorities())
	}
	return map[string]any{"svids": svids, "roots": roots}
}

// fetchX509 fetches once and verifies every SVID against the bundles that came with it.
func fetchX509(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("x509", flag.ExitOnError)
	seconds := flags.Int("timeout", 20, "seconds")
	flags.Parse(args)
	ctx, cancel := within(ctx, *seconds)
	defer cancel()
	update, err := workloadapi.FetchX509Context(ctx)
	if err != nil {
		return err
	}
	for _, svid := range update.SVIDs {
		if _, _, err := x509svid.Verify(svid.Certificates, update.Bundles); err != nil {
			return fmt.Errorf("verify %s: %w", svid.ID, err)
		}
	}
	say(describeContext(update))
	return nil
}

type printer struct{}

func (printer) OnX509ContextUpdate(update *workloadapi.X509Context) { say(describeContext(update)) }
func (printer) OnX509ContextWatchError(err error)                   { say(map[string]any{"error": err.Error()}) }

// watchX509 prints every update until standard input ends.
func watchX509(ctx context.Context, _ []string) error {
	ctx, cancel := context.WithCancel(ctx)
	go func() { io.Copy(io.Discard, os.Stdin); cancel() }()
	err := workloadapi.WatchX509Context(ctx, printer{})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// fetchJWT fetches, validates by the Workload API and against the JWT bundles by itself.
func fetchJWT(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("jwt", flag.ExitOnError)
	audience := flags.String("audience", "", "comma separated")
	id := flags.String("id", "", "SPIFFE ID")
	flags.Parse(args)
	ctx, cancel := within(ctx, 20)
	defer cancel()
	audiences := strings.Split(*audience, ",")
	params := jwtsvid.Params{Audience: audiences[0], ExtraAudiences: audiences[1:]}
	if *id != "" {
		params.Subject = spiffeid.RequireFromString(*id)
	}
	svids, err := workloadapi.FetchJWTSVIDs(ctx, params)
	if err != nil {
		return err
	}
	bundles, err := workloadapi.FetchJWTBundles(ctx)
	if err != nil {
		return err
	}
	answers := []any{}
	for _, svid := range svids {
		token := svid.Marshal()
		local, err := jwtsvid.ParseAndValidate(token, bundles, audiences[:1])
		if err != nil {
			return fmt.Errorf("validate %s: %w", svid.ID, err)
		}
		if _, err := workloadapi.ValidateJWTSVID(ctx, token, audiences[0]); err != nil {
			return fmt.Errorf("remote validation of %s: %w", svid.ID, err)
		}
		answers = append(answers, map[string]any{"id": local.ID.String(), "audience": local.Audience, "expiry": local.Expiry, "hint": svid.Hint, "token": token})
	}
	say(map[string]any{"svids": answers})
	return nil
}

func fetchJWTBundles(ctx context.Context, _ []string) error {
	ctx, cancel := within(ctx, 20)
	defer cancel()
	set, err := workloadapi.FetchJWTBundles(ctx)
	if err != nil {
		return err
	}
	keys := map[string]int{}
	for _, bundle := range set.Bundles() {
		keys[bundle.TrustDomain().Name()] = len(bundle.JWTAuthorities())
	}
	say(map[string]any{"keys": keys})
	return nil
}

func validateJWT(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("validate-jwt", flag.ExitOnError)
	audience := flags.String("audience", "", "one audience")
	flags.Parse(args)
	ctx, cancel := within(ctx, 20)
	defer cancel()
	token, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	svid, err := workloadapi.ValidateJWTSVID(ctx, strings.TrimSpace(string(token)), *audience)
	if err != nil {
		return err
	}
	say(map[string]any{"id": svid.ID.String(), "audience": svid.Audience, "claims": svid.Claims})
	return nil
}

func authorizer(text string) tlsconfig.Authorizer {
	if strings.Count(strings.TrimPrefix(text, "spiffe://"), "/") == 0 {
		return tlsconfig.AuthorizeMemberOf(spiffeid.RequireTrustDomainFromString(text))
	}
	return tlsconfig.AuthorizeID(spiffeid.RequireFromString(text))
}

// serve answers over mTLS with the identity that the caller showed, and prints its address; it ends with standard input.
func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	authorize := flags.String("authorize", "", "a SPIFFE ID or a trust domain")
	flags.Parse(args)
	source, err := workloadapi.NewX509Source(ctx)
	if err != nil {
		return err
	}
	defer source.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", tlsconfig.MTLSServerConfig(source, source, authorizer(*authorize)))
	if err != nil {
		return err
	}
	say(map[string]any{"address": listener.Addr().String()})
	go func() { io.Copy(io.Discard, os.Stdin); os.Exit(0) }()
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := x509svid.IDFromCert(r.TLS.PeerCertificates[0])
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"caller": id.String(), "serial": r.TLS.PeerCertificates[0].SerialNumber.Text(16)})
	}))
}

// get calls a server over mTLS.
func get(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("get", flag.ExitOnError)
	authorize := flags.String("authorize", "", "a SPIFFE ID or a trust domain")
	address := flags.String("address", "", "host:port")
	flags.Parse(args)
	ctx, cancel := within(ctx, 20)
	defer cancel()
	source, err := workloadapi.NewX509Source(ctx)
	if err != nil {
		return err
	}
	defer source.Close()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: tlsconfig.MTLSClientConfig(source, source, authorizer(*authorize))}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+*address+"/", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	server, err := x509svid.IDFromCert(response.TLS.PeerCertificates[0])
	if err != nil {
		return err
	}
	say(map[string]any{"status": response.StatusCode, "server": server.String(), "body": strings.TrimSpace(string(body))})
	return nil
}

func describeBundle(bundle *spiffebundle.Bundle) map[string]any {
	sequence, hasSequence := bundle.SequenceNumber()
	hint, hasHint := bundle.RefreshHint()
	answer := map[string]any{"trustDomain": bundle.TrustDomain().Name(), "roots": len(bundle.X509Authorities()), "keys": len(bundle.JWTAuthorities())}
	if hasSequence {
		answer["sequence"] = sequence
	}
	if hasHint {
		answer["refreshHintSeconds"] = int(hint.Seconds())
	}
	return answer
}

// fetchBundle fetches from a bundle endpoint: https_web with the roots of --web-roots, https_spiffe with --id and the bootstrap bundle of --bootstrap.
func fetchBundle(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bundle", flag.ExitOnError)
	trustDomain := flags.String("trust-domain", "", "name")
	url := flags.String("url", "", "endpoint")
	webRoots := flags.String("web-roots", "", "PEM file")
	id := flags.String("id", "", "SPIFFE ID of the endpoint")
	bootstrap := flags.String("bootstrap", "", "file with the endpoint's bundle")
	flags.Parse(args)
	ctx, cancel := within(ctx, 20)
	defer cancel()
	td := spiffeid.RequireTrustDomainFromString(*trustDomain)
	options := []federation.FetchOption{}
	if *webRoots != "" {
		pool, err := poolOf(*webRoots)
		if err != nil {
			return err
		}
		options = append(options, federation.WithWebPKIRoots(pool))
	}
	if *id != "" {
		endpoint := spiffeid.RequireFromString(*id)
		bundle, err := spiffebundle.Load(endpoint.TrustDomain(), *bootstrap)
		if err != nil {
			return err
		}
		options = append(options, federation.WithSPIFFEAuth(bundle, endpoint))
	}
	bundle, err := federation.FetchBundle(ctx, td, *url, options...)
	if err != nil {
		return err
	}
	say(describeBundle(bundle))
	return nil
}

func parseBundle(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("parse-bundle", flag.ExitOnError)
	trustDomain := flags.String("trust-domain", "", "name")
	flags.Parse(args)
	bundle, err := spiffebundle.Read(spiffeid.RequireTrustDomainFromString(*trustDomain), os.Stdin)
	if err != nil {
		return err
	}
	say(describeBundle(bundle))
	return nil
}
