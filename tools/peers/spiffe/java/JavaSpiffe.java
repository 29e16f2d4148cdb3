import io.spiffe.workloadapi.DefaultWorkloadApiClient;

/** Fetches an X.509-SVID, its bundles, and a JWT-SVID with java-spiffe, whose gRPC sends the socket's path as :authority. */
public class JavaSpiffe {
  public static void main(String[] arguments) throws Exception {
    try (var client = DefaultWorkloadApiClient.newClient()) {
      var context = client.fetchX509Context();
      var token = client.fetchJwtSvid(arguments[0]);
      client.validateJwtSvid(token.getToken(), arguments[0]);
      System.out.printf("{\"id\":\"%s\",\"svids\":%d,\"jwt\":\"%s\"}%n",
          context.getDefaultSvid().getSpiffeId(), context.getX509Svids().size(), token.getSpiffeId());
    }
    System.exit(0);
  }
}
