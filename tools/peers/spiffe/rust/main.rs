//! The `spiffe` crate, whose gRPC is tonic: sources of X.509-SVIDs and JWT-SVIDs, a plain stream, and a watch that reconnects by itself.

use futures_util::StreamExt;
use serde_json::{Map, Value, json};
use spiffe::{BundleSource, JwtSource, WorkloadApiClient, X509Context, X509Source};
use std::error::Error;
use tokio::io::AsyncReadExt;

type Answer<T> = Result<T, Box<dyn Error>>;

/// Names and hints in their order, the end of each leaf (its signature, which is another one for each), roots by trust domain.
fn describe(context: &X509Context) -> Value {
    let svids: Vec<Value> = context
        .svids()
        .iter()
        .map(|svid| {
            let leaf = svid.leaf().as_bytes();
            let end: String = leaf[leaf.len().saturating_sub(16)..].iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "id": svid.spiffe_id().to_string(), "hint": svid.hint(), "leaf": end })
        })
        .collect();
    let roots: Map<String, Value> =
        context.bundle_set().iter().map(|(name, bundle)| (name.to_string(), json!(bundle.authorities().len()))).collect();
    json!({ "svids": svids, "roots": roots })
}

async fn once(audience: &str) -> Answer<()> {
    let x509 = X509Source::new().await?;
    let jwt = JwtSource::new().await?;
    let id = x509.svid()?.spiffe_id().clone();
    let token = jwt.fetch_jwt_svid_with_id([audience, "second"], Some(&id)).await?;
    let client = WorkloadApiClient::connect_env().await?;
    let mut answer = describe(&*x509.x509_context()?);
    answer["jwtKeys"] = json!(jwt.bundle_for_trust_domain(id.trust_domain())?.map(|bundle| bundle.jwt_authorities().count()));
    answer["tokens"] = json!(client.fetch_all_jwt_svids([audience], None).await?.len());
    answer["validated"] = json!(client.validate_jwt_token(audience, token.token()).await?.spiffe_id().to_string());
    answer["wrongAudience"] = json!(client.validate_jwt_token("another", token.token()).await.err().map(|error| error.to_string()));
    println!("{answer}");
    Ok(())
}

/// The first message of a stream, or how it ended, without the patience of a source.
async fn stream() -> Answer<()> {
    let mut contexts = WorkloadApiClient::connect_env().await?.stream_x509_contexts().await?;
    println!("{}", describe(&contexts.next().await.ok_or("the stream ended without a message")??));
    Ok(())
}

/// A line for each state of the source, until standard input ends.
async fn watch() -> Answer<()> {
    let source = X509Source::new().await?;
    let mut updates = source.updated();
    println!("{}", describe(&*source.x509_context()?));
    let mut rest = Vec::new();
    let mut input = tokio::io::stdin();
    let end = input.read_to_end(&mut rest);
    tokio::pin!(end);
    loop {
        tokio::select! {
            _ = &mut end => return Ok(()),
            changed = updates.changed() => {
                changed?;
                println!("{}", source.x509_context().map_or_else(|error| json!({ "error": error.to_string() }), |context| describe(&context)));
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Answer<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["once", audience] => once(audience).await,
        ["stream"] => stream().await,
        ["watch"] => watch().await,
        _ => Err("usage: rust-spiffe once AUDIENCE | stream | watch".into()),
    }
}
