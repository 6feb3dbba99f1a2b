<?php
/**
 * The question what happened, where the stored license is for another domain.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

defined( 'ABSPATH' ) || exit;

if ( null !== $this->card->old_activation_id ) {
	$this->hidden_field( 'replaces', $this->card->old_activation_id );
}
$this->key_field( 'Needed unless this is a different site. This site does not keep the key.' );
?>
<p class="theme-license-actions">
	<?php
	$this->button( 'move', 'The site moved', 'is-primary' );
	$this->button( 'test_copy', 'This is a test copy' );
	$this->button( 'anew', 'This is a different site', '', true );
	?>
</p>
<p class="theme-license-hint"><?php $this->tell( 'A test copy under a name like shop.test needs no license. No answer changes the other site, except that a move takes the license from it.' ); ?></p>
<?php
$this->put( 'other-ways' );
