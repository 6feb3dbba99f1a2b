<?php
/**
 * Every public page: one post, or a list of them.
 *
 * @package Jannah
 */

?>
<!DOCTYPE html>
<html <?php language_attributes(); ?>>
<head>
	<meta charset="<?php bloginfo( 'charset' ); ?>">
	<meta name="viewport" content="width=device-width, initial-scale=1">
	<?php wp_head(); ?>
</head>
<body <?php body_class(); ?>>
<?php wp_body_open(); ?>
<header class="site-header">
	<p class="site-title"><a href="<?php echo esc_url( home_url( '/' ) ); ?>"><?php bloginfo( 'name' ); ?></a></p>
</header>
<main class="site-main">
	<?php if ( ! have_posts() ) : ?>
		<p><?php esc_html_e( 'There is nothing here.', 'jannah' ); ?></p>
	<?php endif; ?>
	<?php
	while ( have_posts() ) :
		the_post();
		?>
		<article <?php post_class( 'entry' ); ?>>
			<h2 class="entry-title" dir="auto"><a href="<?php the_permalink(); ?>"><?php the_title(); ?></a></h2>
			<time class="entry-date" datetime="<?php echo esc_attr( get_the_date( 'c' ) ); ?>"><?php echo esc_html( get_the_date() ); ?></time>
			<div class="entry-content" dir="auto"><?php the_content(); ?></div>
		</article>
	<?php endwhile; ?>
	<?php the_posts_pagination(); ?>
</main>
<footer class="site-footer"><?php bloginfo( 'description' ); ?></footer>
<?php wp_footer(); ?>
</body>
</html>
